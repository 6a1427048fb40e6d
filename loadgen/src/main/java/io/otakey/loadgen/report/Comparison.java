package io.otakey.loadgen.report;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.report.Html.Cell;
import io.otakey.loadgen.stats.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Two runs side by side. */
public final class Comparison {
  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
  private static final List<String> TIMES =
      List.of("p50", "p90", "p99", "p999", "max", "seconds", "gateway-cpu", "database-cpu");

  private final Trial first;
  private final Trial second;

  /**
   * One figure of both.
   *
   * @param a not known in the first run: NaN
   */
  public record Row(String where, String figure, double a, double b) {
    /** How the second is to the first; empty if that says nothing. */
    public Optional<Double> ratio() {
      return Double.isNaN(a) || Double.isNaN(b) || a == 0 ? Optional.empty() : Optional.of(b / a);
    }

    /** A value for people. */
    public String text(double value) {
      if (Double.isNaN(value)) {
        return "–";
      }
      String name = figure.substring(figure.indexOf('.') + 1);
      if (TIMES.contains(name)) {
        return Html.time(value);
      }
      return name.equals("gateway-memory")
          ? Html.format("%,.0f MB", value / 1_048_576)
          : Html.format(value == Math.rint(value) ? "%,.0f" : "%,.2f", value);
    }
  }

  private Comparison(Trial first, Trial second) {
    this.first = first;
    this.second = second;
  }

  /**
   * Reads two runs.
   *
   * @param a result.json, or the folder that has it
   * @throws IOException if one cannot be read
   */
  public static Comparison of(Path a, Path b) throws IOException {
    return new Comparison(read(a), read(b));
  }

  private static Trial read(Path path) throws IOException {
    Path file = Files.isDirectory(path) ? path.resolve("result.json") : path;
    if (!Files.isReadable(file)) {
      throw new IOException(
          file + " is not there; A and B are folders that ./otakey loadgen run wrote");
    }
    Optional<Trial> trial;
    try {
      trial = Optional.ofNullable(JSON.readValue(file.toFile(), Trial.class));
    } catch (IOException e) {
      throw new IOException(file + " is no result of ./otakey loadgen run", e);
    }
    return trial
        .filter(Comparison::isWhole)
        .orElseThrow(() -> new IOException(file + " is no result of ./otakey loadgen run"));
  }

  /** Other JSON makes a run of nulls. */
  private static boolean isWhole(Trial trial) {
    return Stream.of(trial.experiment(), trial.points(), trial.environment(), trial.verdicts())
        .noneMatch(Objects::isNull);
  }

  /** What to think of before figures are compared; empty: the two are alike. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    boolean same = first.experiment().equals(second.experiment());
    if (!same) {
      notes.add(
          Html.format(
              "A is %s and B is %s: figures of one name stand beside each other, though devices"
                  + " did different things",
              first.experiment(), second.experiment()));
    }
    if (!first.scale().equals(second.scale())) {
      notes.add(
          Html.format(
              "A is of scale %s and B of scale %s: other numbers of devices, other rates; B / A"
                  + " says nothing of the gateway",
              first.scale(), second.scale()));
    } else if (same && !devices(first).equals(devices(second))) {
      notes.add("A and B have other numbers of devices: the file was changed in between");
    }
    Trial.Environment a = first.environment();
    Trial.Environment b = second.environment();
    if (!a.processor().equals(b.processor()) || a.cores() != b.cores()) {
      notes.add("A and B ran on different machines");
    }
    if (isNetem(a) != isNetem(b)) {
      notes.add("one of A and B had the kernel's netem, the other a proxy for its networks");
    }
    Set<String> labels = new LinkedHashSet<>(labels(first));
    labels.retainAll(labels(second));
    if (labels.isEmpty()) {
      notes.add("A and B have no value of what they vary in common: no figure has a B / A");
    }
    failed("A", first).ifPresent(notes::add);
    failed("B", second).ifPresent(notes::add);
    return notes;
  }

  private static boolean isNetem(Trial.Environment where) {
    return where.networks() != null && where.networks().startsWith("netem");
  }

  private static List<Double> devices(Trial trial) {
    return trial.points().stream()
        .map(point -> point.figures().getOrDefault("devices", Double.NaN))
        .toList();
  }

  private static List<String> labels(Trial trial) {
    return trial.points().stream().map(Trial.Point::label).toList();
  }

  private static Optional<String> failed(String letter, Trial trial) {
    long failed = trial.verdicts().stream().filter(verdict -> !verdict.holds()).count();
    return failed == 0
        ? Optional.empty()
        : Optional.of(
            Html.format(
                "%s: %d of %d assertions did not hold", letter, failed, trial.verdicts().size()));
  }

  /** All figures that either has, run by run. */
  public List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    Set<String> labels = new LinkedHashSet<>(labels(first));
    labels.addAll(labels(second));
    for (String label : labels) {
      Map<String, Double> a = figures(first, label);
      Map<String, Double> b = figures(second, label);
      Set<String> names = new LinkedHashSet<>(a.keySet());
      names.addAll(b.keySet());
      for (String name : names) {
        rows.add(
            new Row(
                label, name, a.getOrDefault(name, Double.NaN), b.getOrDefault(name, Double.NaN)));
      }
    }
    return rows;
  }

  private static Map<String, Double> figures(Trial trial, String label) {
    return trial.points().stream()
        .filter(point -> point.label().equals(label))
        .findFirst()
        .map(Trial.Point::figures)
        .orElse(Map.of());
  }

  /** What both are, in a line each. */
  public List<String> titles() {
    return List.of(title("A", first), title("B", second));
  }

  private static String title(String letter, Trial trial) {
    return Html.format(
        "%s: %s, %s, scale %s, commit %s, %d cores of %s",
        letter,
        trial.experiment(),
        trial.started(),
        trial.scale(),
        trial.environment().commit(),
        trial.environment().cores(),
        trial.environment().processor());
  }

  /** The page. */
  public String page() {
    Html html = new Html();
    html.add("<header><p class=\"kicker\">OTA-Key Gateway · two runs side by side</p><h1>");
    boolean same = first.experiment().equals(second.experiment());
    html.add(
        Html.text(same ? first.experiment() : first.experiment() + " and " + second.experiment()));
    html.add("</h1>");
    titles().forEach(title -> html.paragraph("about", title));
    html.add("</header>\n");
    html.notes("Compare with care", notes());
    if (first.points().size() == 1 && second.points().size() == 1) {
      html.charts(curves());
    }
    html.heading("Figures");
    figures(html);
    return html.page("Comparison · OTA-Key Gateway");
  }

  private void figures(Html html) {
    boolean places = rows().stream().anyMatch(row -> !row.where().isEmpty());
    List<List<Cell>> cells = new ArrayList<>();
    for (Row row : rows()) {
      List<Cell> line = new ArrayList<>(List.of(Cell.of(row.figure())));
      if (places) {
        line.add(Cell.whole(row.where()));
      }
      line.add(Cell.of(row.text(row.a())));
      line.add(Cell.of(row.text(row.b())));
      line.add(Cell.of(row.ratio().map(ratio -> Html.format("%.2f ×", ratio)).orElse("–")));
      cells.add(line);
    }
    html.table(
        places ? List.of("figure", "at", "A", "B", "B / A") : List.of("figure", "A", "B", "B / A"),
        cells);
  }

  private List<Chart> curves() {
    List<Chart> charts = new ArrayList<>();
    for (Trial.Phase a : first.points().get(0).phases()) {
      second.points().get(0).phases().stream()
          .filter(b -> b.name().equals(a.name()) && !b.curve().isEmpty() && !a.curve().isEmpty())
          .findFirst()
          .ifPresent(
              b ->
                  charts.add(
                      new Chart(
                          "Latency of " + a.name(),
                          "milliseconds from the intended start",
                          "percentile",
                          Chart.Scale.PERCENTILES,
                          List.of(new Chart.Line("A", a.curve()), new Chart.Line("B", b.curve())),
                          List.of())));
    }
    return charts;
  }
}
