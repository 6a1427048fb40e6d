package io.otakey.loadgen.experiment;

import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What came of runs, by the names that assertions use. */
final class Figures {
  private final Experiment experiment;

  /** Figures of a run of this. */
  Figures(Experiment experiment) {
    this.experiment = experiment;
  }

  /**
   * All figures of one run.
   *
   * @param whole those that are not of phases
   * @param groups those that are not of phases, of each group
   */
  Map<String, Double> of(
      Map<Figure, Double> whole,
      Map<String, Map<Figure, Double>> groups,
      List<Trial.Phase> phases) {
    Map<String, Double> all = new LinkedHashMap<>();
    whole.forEach((figure, value) -> all.put(figure.key(), value));
    for (Trial.Phase phase : phases) {
      put(all, phase.name(), phase.act(), of(phase));
    }
    if (experiment.population().size() > 1) {
      for (int i = 0; i < experiment.population().size(); i++) {
        group(all, i, groups.getOrDefault(experiment.title(i), Map.of()), phases);
      }
    }
    return all;
  }

  /** A phase's figures, and the worst of all phases. */
  private static void put(
      Map<String, Double> all, String phase, String act, Map<Figure, Double> figures) {
    figures.forEach(
        (figure, value) -> {
          all.put(phase + "." + figure.key(), value);
          if (!act.equals("prove")) {
            all.merge(figure.key(), value, (a, b) -> worst(figure, a, b));
          }
        });
  }

  private void group(
      Map<String, Double> all, int group, Map<Figure, Double> own, List<Trial.Phase> phases) {
    String title = experiment.title(group) + ".";
    int devices = experiment.population().get(group).devices();
    all.put(title + Figure.DEVICES.key(), (double) devices);
    own.forEach(
        (figure, value) ->
            all.put(title + figure.key(), figure.isForEach() ? value / devices : value));
    for (Trial.Phase phase : phases) {
      for (Result.Phase load : phase.groups()) {
        if (load.name().equals(experiment.title(group)) && !phase.act().equals("prove")) {
          of(load)
              .forEach(
                  (figure, value) ->
                      all.merge(title + figure.key(), value, (a, b) -> worst(figure, a, b)));
        }
      }
    }
  }

  private static double worst(Figure figure, double a, double b) {
    return switch (figure) {
      case RATE, DONE, COMMIT_BATCH -> Math.min(a, b);
      case SECONDS -> a + b;
      default -> Math.max(a, b);
    };
  }

  private static Map<Figure, Double> of(Trial.Phase phase) {
    Map<Figure, Double> figures = of(phase.load());
    int devices = phase.load().devices();
    Trial.Cost cost = phase.cost();
    figures.put(Figure.GATEWAY_MEMORY, (double) cost.gatewayMemory());
    figures.put(
        Figure.FAILURES,
        (double) phase.failures().values().stream().mapToLong(Long::longValue).sum());
    if (cost.commitBatch() > 0) {
      figures.put(Figure.COMMIT_BATCH, cost.commitBatch());
    }
    if (devices > 0) {
      figures.put(Figure.GATEWAY_CPU, cost.gatewayCpu() * 1000 / devices);
      figures.put(Figure.DATABASE_CPU, cost.databaseCpu() * 1000 / devices);
    }
    return figures;
  }

  private static Map<Figure, Double> of(Result.Phase load) {
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.SECONDS, load.seconds() * 1000);
    if (load.devices() == 0) {
      return figures;
    }
    figures.put(Figure.DONE, (double) load.done());
    figures.put(Figure.FAILED, (double) load.failed());
    figures.put(Figure.DROPPED, (double) load.dropped());
    figures.put(Figure.LATE, (double) load.late());
    figures.put(Figure.HELD, (double) load.held());
    figures.put(Figure.RATE, load.perSecond());
    figures.put(Figure.BYTES_OUT, (double) load.frameBytesOut() / load.devices());
    figures.put(Figure.BYTES_IN, (double) load.frameBytesIn() / load.devices());
    Result.Quantiles times = load.fromStart();
    if (times.count() > 0) {
      figures.put(Figure.P50, times.p50());
      figures.put(Figure.P90, times.p90());
      figures.put(Figure.P99, times.p99());
      figures.put(Figure.P999, times.p999());
      figures.put(Figure.MAX, times.max());
    }
    return figures;
  }

  /** How much each figure is at the last value of what is varied, beside the first. */
  private static Map<String, Double> growth(List<Trial.Point> points) {
    Map<String, Double> first = points.get(0).figures();
    Map<String, Double> growth = new LinkedHashMap<>();
    points
        .get(points.size() - 1)
        .figures()
        .forEach(
            (name, value) -> {
              Double before = first.get(name);
              if (before != null && before != 0) {
                growth.put("growth." + name, value / before);
              }
            });
    return growth;
  }

  /** Whether what was asserted holds. */
  static List<Trial.Verdict> judge(List<Assertion> assertions, List<Trial.Point> points) {
    List<Trial.Verdict> verdicts = new ArrayList<>();
    for (Assertion assertion : assertions) {
      if (assertion.isOfSeries()) {
        verdicts.add(judge(assertion, "", growth(points)));
      } else {
        for (Trial.Point point : points) {
          verdicts.add(judge(assertion, point.label(), point.figures()));
        }
      }
    }
    return verdicts;
  }

  private static Trial.Verdict judge(
      Assertion assertion, String where, Map<String, Double> figures) {
    String found = show(assertion.left(), figures);
    String beside = assertion.right().isEmpty() ? "" : ", " + show(assertion.right(), figures);
    boolean holds =
        assertion.holds(figures)
            && isSettled(assertion.left(), figures)
            && isSettled(assertion.right(), figures);
    return new Trial.Verdict(assertion.text(), where, holds, found + beside);
  }

  /** Whoever was not looked at is not known to be well: who is bricked is open until then. */
  private static boolean isSettled(String name, Map<String, Double> figures) {
    return unproven(name, figures) == 0;
  }

  private static double unproven(String name, Map<String, Double> figures) {
    int end = name.lastIndexOf('.') + 1;
    return name.substring(end).equals(Figure.BRICKED.key())
        ? figures.getOrDefault(name.substring(0, end) + Figure.UNPROVEN.key(), 0.0)
        : 0;
  }

  private static String show(String name, Map<String, Double> figures) {
    Double value = figures.get(name);
    double unproven = unproven(name, figures);
    return name
        + " is "
        + (value == null ? "not known" : text(name, value))
        + (unproven == 0 ? "" : String.format(Locale.ROOT, ", and %,.0f are unproven", unproven));
  }

  /** A figure's value for people. */
  static String text(String name, double value) {
    if (name.startsWith("growth.")) {
      return String.format(Locale.ROOT, "%.2f", value);
    }
    Figure.Unit unit =
        Figure.of(name.substring(name.indexOf('.') + 1))
            .map(Figure::unit)
            .orElse(Figure.Unit.COUNT);
    return switch (unit) {
      case COUNT ->
          String.format(Locale.ROOT, value == Math.rint(value) ? "%,.0f" : "%,.2f", value);
      case RATE -> String.format(Locale.ROOT, "%,.0f/s", value);
      case SHARE -> String.format(Locale.ROOT, "%.0f%%", value * 100);
      case BYTES ->
          value < 10_000
              ? String.format(Locale.ROOT, "%,.0f B", value)
              : String.format(Locale.ROOT, "%,.1f MB", value / 1048576);
      case TIME ->
          value < 1
              ? String.format(Locale.ROOT, "%.0f us", value * 1000)
              : value < 1000
                  ? String.format(Locale.ROOT, "%.1f ms", value)
                  : String.format(Locale.ROOT, "%.2f s", value / 1000);
    };
  }
}
