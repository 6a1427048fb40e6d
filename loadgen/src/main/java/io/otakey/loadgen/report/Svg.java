package io.otakey.loadgen.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.ui.RectangleInsets;

/**
 * A drawing of JFreeChart as inline SVG, its colours left to the page's style sheet, or as a file
 * that has its own.
 */
final class Svg {
  /** What stands for the colours of the page until the SVG is text. */
  static final Color INK = new Color(1, 2, 3);

  static final Color GRID = new Color(1, 2, 4);

  static final Color MARK = new Color(1, 2, 5);

  private static final int SERIES = 6;
  private static final int CAPTION_PIXELS = 50;
  private static final int LEGEND_PIXELS = 26;
  private static final int LETTER_PIXELS = 7;

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private Svg() {}

  /** The colour of a line or bar, by its number. */
  static Color series(int number) {
    return new Color(2, 0, number % SERIES);
  }

  static Font font() {
    return new Font(Font.SANS_SERIF, Font.PLAIN, 12);
  }

  /** The chart in a size of pixels that scales. */
  static String of(JFreeChart chart, String title, int width, int height) {
    chart.setBackgroundPaint(null);
    chart.setPadding(new RectangleInsets(4, 0, 0, 8));
    try {
      var document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .getDOMImplementation()
              .createDocument("http://www.w3.org/2000/svg", "svg", null);
      SVGGraphics2D graphics = new SVGGraphics2D(document);
      chart.draw(graphics, new Rectangle2D.Double(0, 0, width, height));
      StringWriter text = new StringWriter();
      graphics.stream(text, true);
      return inline(text.toString(), title, width, height);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK makes no documents", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A file that needs nothing else, light or dark as the reader wants it.
   *
   * @param drawing as {@link #of} gave it
   * @param legend names of the lines by number; empty: none
   */
  static String file(
      String title, String unit, String drawing, int width, int height, List<String> legend) {
    int bottom = CAPTION_PIXELS + height;
    int whole = bottom + (legend.isEmpty() ? 0 : LEGEND_PIXELS);
    String open =
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\""
                + " viewBox=\"0 0 %1$d %2$d\" width=\"%1$d\" height=\"%2$d\">\n",
            width,
            whole);
    return open
        + "<style>\n"
        + Html.resource("palette.css")
        + "text { font-family: system-ui, sans-serif; font-size: 13px; fill: var(--ink-2) }\n"
        + "</style>\n<rect width=\"100%\" height=\"100%\" style=\"fill:var(--card)\"/>\n"
        + "<text x=\"16\" y=\"24\" style=\"fill:var(--ink);font-weight:600\">"
        + Html.text(title)
        + "</text>\n<text x=\"16\" y=\"42\">"
        + Html.text(unit)
        + "</text>\n"
        + drawing.replaceFirst("<svg", place(CAPTION_PIXELS, width, height))
        + legend(legend, bottom)
        + "\n</svg>\n";
  }

  private static String legend(List<String> names, int top) {
    StringBuilder legend = new StringBuilder();
    int left = 16;
    for (int i = 0; i < names.size(); i++) {
      legend.append(
          String.format(
              Locale.ROOT,
              "\n<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"3\" style=\"fill:var(--s%d)\"/>"
                  + "<text x=\"%d\" y=\"%d\">%s</text>",
              left,
              top + 6,
              i % SERIES,
              left + 20,
              top + 12,
              Html.text(names.get(i))));
      left += 44 + LETTER_PIXELS * names.get(i).length();
    }
    return legend.toString();
  }

  private static String place(int top, int width, int height) {
    return String.format(
        Locale.ROOT, "<svg y=\"%d\" width=\"%d\" height=\"%d\"", top, width, height);
  }

  /** Without what only files need; colours by name; ids that are nobody else's on the page. */
  private static String inline(String file, String title, int width, int height) {
    String own = "k" + NUMBER.incrementAndGet() + "-";
    String open =
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\"",
            width,
            height,
            Html.text(title));
    return file.substring(file.indexOf("<svg"))
        .replaceFirst("<svg[^>]*?(?=style=|>)", open + " ")
        .replaceAll("<!--[^>]*-->", "")
        .replaceAll("id=\"([^\"]*)\"", "id=\"" + own + "$1\"")
        .replaceAll("url\\(#([^)]*)\\)", "url(#" + own + "$1)")
        .replaceAll("rgb\\(1,\\s?2,\\s?3\\)", "var(--ink-2)")
        .replaceAll("rgb\\(1,\\s?2,\\s?4\\)", "var(--line)")
        .replaceAll("rgb\\(1,\\s?2,\\s?5\\)", "var(--bad)")
        .replaceAll("rgb\\(2,\\s?0,\\s?(\\d)\\)", "var(--s$1)")
        .replaceAll("font-family:[^;\"]*;", "")
        .replaceAll("\\s+\n", "\n");
  }
}
