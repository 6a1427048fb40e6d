package io.otakey.loadgen.report;

import io.otakey.loadgen.report.Bars.Bar;
import io.otakey.loadgen.report.Html.Cell;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.List;

/** The part of a page that shows other ways of giving devices keys. */
final class SchemesSection {
  private SchemesSection() {}

  static void add(Html html, List<Trial.Scheme> schemes) {
    if (schemes.isEmpty()) {
      return;
    }
    html.subheading("OTA-Key beside other ways of giving a device its next key");
    html.paragraph(
        "",
        "Each with real servers and real cryptography, one device after the other. Bytes are"
            + " counted; times on networks are computed by a model of TCP from what was said."
            + " The others make no difference between a first key and the next. What each is:"
            + " docs/baselines.md.");
    html.add("<div class=\"charts\">");
    charts(schemes).forEach(chart -> html.add(chart.html()));
    html.add("</div>\n");
    table(html, schemes);
  }

  /** Data and time of an update; none without schemes. */
  static List<Bars> charts(List<Trial.Scheme> schemes) {
    List<Trial.Scheme> updates = schemes.stream().filter(Trial.Scheme::next).toList();
    if (updates.isEmpty()) {
      return List.of();
    }
    List<Bars> charts = new ArrayList<>();
    charts.add(
        new Bars(
            "Data of an update",
            "bytes on the wire, with TLS, TCP and IP",
            updates.stream().map(s -> new Bar(s.id(), s.wireBytes(), s.own())).toList()));
    for (Trial.Time network : updates.get(0).times()) {
      charts.add(
          new Bars(
              "Time of an update, " + network.network(),
              "seconds, computed; mean",
              updates.stream().map(s -> bar(s, network.network())).toList()));
    }
    return charts;
  }

  private static Bar bar(Trial.Scheme scheme, String network) {
    double millis =
        scheme.times().stream()
            .filter(time -> time.network().equals(network))
            .mapToDouble(Trial.Time::mean)
            .findFirst()
            .orElse(1);
    return new Bar(scheme.id(), millis / 1000, scheme.own());
  }

  private static void table(Html html, List<Trial.Scheme> schemes) {
    List<String> heads =
        new ArrayList<>(List.of("scheme", "application B", "wire B", "round trips", "here"));
    schemes.get(0).times().forEach(time -> heads.add(time.network() + ", computed"));
    heads.addAll(List.of("server CPU", "answers lost", "stays secret"));
    List<List<Cell>> rows = new ArrayList<>();
    for (Trial.Scheme scheme : schemes) {
      List<Cell> row =
          new ArrayList<>(
              List.of(
                  Cell.left(scheme.id()),
                  Cell.of(Html.format("%,.0f", scheme.applicationBytes())),
                  Cell.of(Html.format("%,.0f", scheme.wireBytes())),
                  Cell.of(Html.format("%.1f", scheme.roundTrips())),
                  Cell.of(Html.time(scheme.hereMillis()))));
      scheme.times().forEach(time -> row.add(Cell.of(Html.time(time.mean()))));
      row.add(Cell.of(Html.time(scheme.serverMicros() / 1000)));
      row.add(Cell.left(String.join(", ", scheme.losses())));
      row.add(Cell.left(scheme.clear() ? "no, sent in the clear" : scheme.secrecy()));
      rows.add(row);
    }
    html.table(heads, rows);
    html.paragraph(
        "",
        "Server CPU is of the threads that serve connections, with a server that one device asks at"
            + " a time; only OTA-Key's commits to a database.");
  }
}
