package io.otakey.loadgen.report;

import io.otakey.loadgen.report.Html.Cell;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of a page that shows groups of devices beside each other, where there are several. */
final class GroupsSection {
  private GroupsSection() {}

  static void add(Html html, Trial.Point point) {
    List<String> groups =
        point.phases().stream()
            .flatMap(phase -> phase.groups().stream())
            .map(Result.Phase::name)
            .distinct()
            .toList();
    if (groups.size() < 2) {
      return;
    }
    html.subheading("Groups; figures for each device are of the whole run, the proof included");
    List<List<Cell>> rows = new ArrayList<>();
    for (String group : groups) {
      rows.add(row(point.figures(), group));
    }
    html.table(
        List.of(
            "group",
            "devices",
            "enrolled",
            "proven",
            "bricked",
            "unproven",
            "frames out / in",
            "socket bytes out / in",
            "p50",
            "p99"),
        rows);
    phases(html, point);
  }

  private static List<Cell> row(Map<String, Double> figures, String group) {
    return List.of(
        Cell.left(group),
        number(figures.get(group + ".devices"), "%,.0f"),
        number(figures.get(group + ".enrolled"), "%,.0f"),
        number(figures.get(group + ".proven"), "%,.0f"),
        number(figures.get(group + ".bricked"), "%,.0f"),
        number(figures.get(group + ".unproven"), "%,.0f"),
        pair(figures, group, "frames", "%.2f"),
        pair(figures, group, "socket", "%,.0f"),
        time(figures.get(group + ".p50")),
        time(figures.get(group + ".p99")));
  }

  private static void phases(Html html, Trial.Point point) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Trial.Phase phase : point.phases()) {
      for (Result.Phase load : phase.groups()) {
        Result.Quantiles times = load.fromStart();
        boolean timed = times.count() > 0 && !phase.act().equals("prove");
        if (timed) {
          rows.add(
              List.of(
                  Cell.left(phase.name()),
                  Cell.left(load.name()),
                  Cell.of(Html.part(load.done(), load.devices())),
                  Cell.of(Html.time(times.p50())),
                  Cell.of(Html.time(times.p99())),
                  Cell.of(Html.time(times.max()))));
        }
      }
    }
    html.table(List.of("phase", "group", "done", "p50", "p99", "max"), rows);
  }

  private static Cell number(@Nullable Double value, String format) {
    return Cell.of(value == null ? "–" : Html.format(format, value));
  }

  private static Cell pair(Map<String, Double> figures, String group, String what, String format) {
    Double out = figures.get(group + "." + what + "-out");
    Double in = figures.get(group + "." + what + "-in");
    return Cell.of(out == null || in == null ? "–" : Html.format(format + " / " + format, out, in));
  }

  private static Cell time(@Nullable Double millis) {
    return Cell.of(millis == null ? "–" : Html.time(millis));
  }
}
