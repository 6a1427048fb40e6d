package io.otakey.loadgen.report;

import io.otakey.loadgen.report.Chart.Line;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Charts of one run over time. */
final class PointCharts {
  private static final int LETTERS = 26;

  private PointCharts() {}

  /** A letter for each event; what is too close to another for two letters shares its place. */
  static List<Chart.Mark> marks(Trial.Point point) {
    double span = point.samples().isEmpty() ? 0 : last(point.samples()).at();
    List<Chart.Mark> marks = new ArrayList<>();
    int open = 0;
    for (int i = 0; i < point.events().size() && i < LETTERS; i++) {
      String letter = Character.toString((char) ('A' + i));
      double at = point.events().get(i).at();
      Chart.Mark before = marks.isEmpty() ? null : marks.get(open);
      double room = before == null ? 0 : span * Chart.LETTER_SHARE * before.letters().length();
      if (before != null && at - before.at() < room) {
        marks.set(open, new Chart.Mark(before.at(), before.letters() + letter));
        marks.add(new Chart.Mark(at, ""));
      } else {
        open = marks.size();
        marks.add(new Chart.Mark(at, letter));
      }
    }
    return marks;
  }

  private static Trial.Sample last(List<Trial.Sample> samples) {
    return samples.get(samples.size() - 1);
  }

  static List<Chart> of(Trial.Point point) {
    List<Trial.Sample> samples = point.samples();
    List<Chart.Mark> marks = marks(point);
    List<Chart> charts = new ArrayList<>();
    List<Line> rates = new ArrayList<>();
    for (Trial.Phase phase : point.phases()) {
      rates.add(
          line(
              phase.name(),
              samples.stream().filter(s -> s.phase().equals(phase.name())).toList(),
              Trial.Sample::perSecond));
    }
    rates.removeIf(line -> line.points().isEmpty());
    charts.add(
        new Chart("Devices through", "per second", "seconds", Chart.Scale.LINEAR, rates, marks));
    charts.add(
        new Chart(
            "Where the time goes",
            "cores in use",
            "seconds",
            Chart.Scale.LINEAR,
            List.of(
                line("gateway", samples, Trial.Sample::gatewayCpu),
                line("database", samples, Trial.Sample::databaseCpu),
                line("generator", samples, Trial.Sample::generatorCpu)),
            marks));
    List<Trial.Sample> timed = samples.stream().filter(s -> s.p99() != null).toList();
    charts.add(
        new Chart(
            "Latency over time",
            "milliseconds from the intended start, of each half second",
            "seconds",
            Chart.Scale.LOG,
            List.of(
                line("p50", timed, s -> s.p50() == null ? 0 : s.p50()),
                line("p99", timed, s -> s.p99() == null ? 0 : s.p99())),
            marks));
    charts.add(
        new Chart(
            "Latency by percentile",
            "milliseconds from the intended start",
            "percentile",
            Chart.Scale.PERCENTILES,
            point.phases().stream()
                .filter(phase -> !phase.curve().isEmpty() && !phase.act().equals("prove"))
                .map(phase -> new Line(phase.name(), phase.curve()))
                .toList(),
            List.of()));
    return charts;
  }

  private static Line line(
      String name, List<Trial.Sample> samples, ToDoubleFunction<Trial.Sample> value) {
    return new Line(
        name,
        samples.stream()
            .map(sample -> new double[] {sample.at(), value.applyAsDouble(sample)})
            .toList());
  }
}
