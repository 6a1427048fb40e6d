package io.otakey.loadgen.report;

import io.otakey.loadgen.report.Chart.Line;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Charts of what grows with what is varied. */
final class SeriesCharts {
  private SeriesCharts() {}

  static List<Chart> of(Trial trial) {
    List<Chart> charts = new ArrayList<>();
    charts.add(
        chart(
            trial,
            "Bricked devices",
            "devices whose key the other side does not know, at the end",
            Chart.Scale.SIZES,
            line(trial, "OTA-Key", "bricked", 1),
            trial.points().stream().anyMatch(p -> p.figures().containsKey("overwrite-bricked"))
                ? line(trial, "overwriting the only key", "overwrite-bricked", 1)
                : null));
    charts.add(
        chart(
            trial,
            "Latency",
            "milliseconds from the intended start; the slowest phase",
            Chart.Scale.LOG_BY_SIZES,
            line(trial, "p50", "p50", 1),
            line(trial, "p99", "p99", 1)));
    charts.add(
        chart(
            trial,
            "Rate",
            "devices through per second; the slowest phase",
            Chart.Scale.SIZES,
            line(trial, "rate", "rate", 1),
            null));
    charts.add(
        chart(
            trial,
            "CPU for each device",
            "microseconds; the dearest phase",
            Chart.Scale.SIZES,
            line(trial, "gateway", "gateway-cpu", 1000),
            line(trial, "database", "database-cpu", 1000)));
    charts.add(
        chart(
            trial,
            "Bytes of frames for each device",
            "bytes; the phase with the most",
            Chart.Scale.SIZES,
            line(trial, "to the gateway", "bytes-out", 1),
            line(trial, "from the gateway", "bytes-in", 1)));
    charts.add(
        chart(
            trial,
            "Memory of the gateway",
            "resident, MB, at most",
            Chart.Scale.SIZES,
            line(trial, "memory", "gateway-memory", 1 / 1_048_576.0),
            null));
    return charts;
  }

  private static Chart chart(
      Trial trial,
      String title,
      String unit,
      Chart.Scale scale,
      Line first,
      @Nullable Line second) {
    List<Line> lines = second == null ? List.of(first) : List.of(first, second);
    return new Chart(
        title, unit, trial.varied() == null ? "" : trial.varied(), scale, lines, List.of());
  }

  private static Line line(Trial trial, String name, String figure, double factor) {
    List<double[]> points = new ArrayList<>();
    for (Trial.Point point : trial.points()) {
      Double value = point.figures().get(figure);
      if (value != null && point.value() != null) {
        points.add(new double[] {point.value(), value * factor});
      }
    }
    return new Line(name, points);
  }
}
