package io.otakey.loadgen.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** A page that needs nothing but itself. */
final class Html {
  private final StringBuilder body = new StringBuilder();
  private String title = "";

  /** What a page shows in a cell: text, and a class of the style sheet. */
  record Cell(String text, String style) {
    static Cell of(String text) {
      return new Cell(text, "");
    }

    static Cell left(String text) {
      return new Cell(text, "l wrap");
    }

    /** Of a few words that stay together. */
    static Cell whole(String text) {
      return new Cell(text, "l");
    }

    private String html() {
      boolean isVerdict = style.equals("good") || style.equals("bad");
      String escaped = Html.text(text);
      return isVerdict ? "<span class=\"badge " + style + "\">" + escaped + "</span>" : escaped;
    }
  }

  static String text(String raw) {
    return raw.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** So many of all. */
  static String part(long some, long all) {
    if (all == 0) {
      return "–";
    }
    return some == all ? format("all %,d", all) : format("%,d of %,d", some, all);
  }

  /** Milliseconds for people. */
  static String time(double millis) {
    if (millis < 1) {
      return format("%.0f µs", millis * 1000);
    }
    return millis < 1000
        ? format(millis < 100 ? "%.1f ms" : "%.0f ms", millis)
        : millis < 120_000 ? format("%.1f s", millis / 1000) : format("%.1f min", millis / 60_000);
  }

  Html add(String html) {
    body.append(html);
    return this;
  }

  Html heading(String words) {
    title = words;
    return add("<h2>" + text(words) + "</h2>\n");
  }

  Html subheading(String words) {
    title = words;
    return add("<h3>" + text(words) + "</h3>\n");
  }

  Html paragraph(String style, String words) {
    return add("<p class=\"" + style + "\">" + text(words) + "</p>\n");
  }

  /** A list of what to think of; nothing if there is nothing. */
  Html notes(String title, List<String> notes) {
    if (notes.isEmpty()) {
      return this;
    }
    heading(title).add("<ul class=\"notes\">");
    notes.forEach(note -> add("<li>" + text(note) + "</li>"));
    return add("</ul>\n");
  }

  /** Of what the last heading says; wider than the page, it scrolls in itself, by keyboard too. */
  Html table(List<String> heads, List<List<Cell>> rows) {
    add("<div class=\"card\" role=\"group\" tabindex=\"0\" aria-label=\"" + text(title) + "\">");
    add("<table><thead><tr>");
    for (int i = 0; i < heads.size(); i++) {
      boolean left = !rows.isEmpty() && rows.get(0).get(i).style().startsWith("l");
      add((left ? "<th class=\"l\">" : "<th>") + text(heads.get(i)) + "</th>");
    }
    add("</tr></thead><tbody>\n");
    for (List<Cell> row : rows) {
      add("<tr>");
      row.forEach(cell -> add("<td class=\"" + cell.style() + "\">" + cell.html() + "</td>"));
      add("</tr>\n");
    }
    return add("</tbody></table></div>\n");
  }

  Html charts(List<Chart> charts) {
    String all = String.join("", charts.stream().map(Chart::html).toList());
    return all.isEmpty() ? this : add("<div class=\"charts\">" + all + "</div>\n");
  }

  String page(String title) {
    return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        + text(title)
        + "</title>\n<style>\n"
        + resource("palette.css")
        + resource("report.css")
        + "</style></head>\n<body><main>\n"
        + body
        + "</main></body></html>\n";
  }

  /** Text that belongs to pages and charts. */
  static String resource(String name) {
    try (InputStream text = Html.class.getResourceAsStream(name)) {
      if (text == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
