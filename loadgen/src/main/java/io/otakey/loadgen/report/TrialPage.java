package io.otakey.loadgen.report;

import io.otakey.loadgen.report.Html.Cell;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One run as a page. */
final class TrialPage {
  private final Trial trial;
  private final Html html = new Html();

  private TrialPage(Trial trial) {
    this.trial = trial;
  }

  static String of(Trial trial) {
    return new TrialPage(trial).page();
  }

  private String page() {
    header();
    tiles();
    html.notes("Read with care", trial.warnings());
    verdicts();
    if (trial.points().size() > 1) {
      html.heading("Varied: " + trial.varied());
      html.charts(SeriesCharts.of(trial));
      series();
      NodesModel.add(html, trial);
    }
    for (Trial.Point point : trial.points()) {
      point(point);
    }
    environment();
    return html.page(trial.experiment() + " · OTA-Key Gateway");
  }

  private void header() {
    long held = trial.verdicts().stream().filter(Trial.Verdict::holds).count();
    String verdict =
        trial.isPassed()
            ? Html.format("all %d assertions held", held)
            : Html.format("%d of %d assertions held", held, trial.verdicts().size());
    html.add("<header><p class=\"kicker\">OTA-Key Gateway · experiment</p>\n");
    html.add("<h1>" + Html.text(trial.experiment()) + "</h1>\n");
    html.paragraph("about", trial.about());
    html.add("<span class=\"badge " + (trial.isPassed() ? "good" : "bad") + "\">" + verdict);
    html.add("</span><span class=\"meta\">" + Html.text(trial.started().replace('T', ' ')));
    html.add(
        Html.format(
            " · scale %s · %s</span></header>\n",
            trial.scale(), Html.time(trial.seconds() * 1000)));
  }

  private void tiles() {
    Map<String, Double> last = trial.points().get(trial.points().size() - 1).figures();
    html.add("<div class=\"tiles\">");
    count(last, "devices", trial.points().size() > 1 ? "devices, last run" : "devices");
    count(sum("bricked"), "bricked", "devices bricked, all runs");
    Map<String, Double> unproven = sum("unproven");
    if (unproven.getOrDefault("unproven", 0.0) > 0) {
      count(unproven, "unproven", "devices unproven, all runs");
    }
    count(sum("overwrite-bricked"), "overwrite-bricked", "bricked by overwriting the only key");
    count(sum("outages"), "outages", "moments without a valid credential");
    tile(last, "rate", "devices per second", value -> Html.format("%,.0f", value));
    tile(last, "p50", "median, from intended start", Html::time);
    tile(last, "p99", "99th percentile", Html::time);
    tile(last, "gateway-cpu", "gateway CPU per device", Html::time);
    html.add("</div>\n");
  }

  private Map<String, Double> sum(String figure) {
    List<Double> values =
        trial.points().stream()
            .map(point -> point.figures().get(figure))
            .filter(java.util.Objects::nonNull)
            .toList();
    return values.isEmpty()
        ? Map.of()
        : Map.of(figure, values.stream().mapToDouble(Double::doubleValue).sum());
  }

  private void count(Map<String, Double> figures, String figure, String words) {
    tile(figures, figure, words, value -> Html.format("%,.0f", value));
  }

  private void tile(
      Map<String, Double> figures,
      String figure,
      String words,
      java.util.function.DoubleFunction<String> text) {
    Double value = figures.get(figure);
    if (value != null) {
      html.add("<div class=\"tile\"><b>" + Html.text(text.apply(value)) + "</b><span>");
      html.add(Html.text(words) + "</span></div>");
    }
  }

  private void verdicts() {
    html.heading("What was asserted");
    List<List<Cell>> rows = new ArrayList<>();
    boolean places = trial.verdicts().stream().anyMatch(verdict -> !verdict.where().isEmpty());
    for (Trial.Verdict verdict : trial.verdicts()) {
      List<Cell> row = new ArrayList<>();
      row.add(new Cell(verdict.holds() ? "held" : "FAILED", verdict.holds() ? "good" : "bad"));
      row.add(Cell.whole(verdict.text()));
      if (places) {
        row.add(Cell.whole(verdict.where()));
      }
      row.add(Cell.left(verdict.found()));
      rows.add(row);
    }
    html.table(
        places
            ? List.of("verdict", "assertion", "at", "found")
            : List.of("verdict", "assertion", "found"),
        rows);
  }

  private void series() {
    List<List<Cell>> rows = new ArrayList<>();
    for (Trial.Point point : trial.points()) {
      rows.add(
          List.of(
              Cell.of(point.label()),
              figure(point, "enrolled", "%,.0f"),
              figure(point, "bricked", "%,.0f"),
              figure(point, "unproven", "%,.0f"),
              figure(point, "rate", "%,.0f"),
              time(point, "p50"),
              time(point, "p99"),
              time(point, "gateway-cpu"),
              time(point, "database-cpu"),
              megabytes(point),
              figure(point, "bytes-out", "%,.0f"),
              figure(point, "bytes-in", "%,.0f")));
    }
    html.subheading("The same as a table; the worst phase of each run");
    html.table(
        List.of(
            trial.varied() == null ? "" : trial.varied(),
            "enrolled",
            "bricked",
            "unproven",
            "rate /s",
            "p50",
            "p99",
            "gateway CPU",
            "database CPU",
            "memory",
            "bytes out",
            "bytes in"),
        rows);
  }

  private static Cell figure(Trial.Point point, String name, String format) {
    Double value = point.figures().get(name);
    return Cell.of(value == null ? "–" : Html.format(format, value));
  }

  private static Cell time(Trial.Point point, String name) {
    Double value = point.figures().get(name);
    return Cell.of(value == null ? "–" : Html.time(value));
  }

  private static Cell megabytes(Trial.Point point) {
    Double value = point.figures().get("gateway-memory");
    return Cell.of(value == null ? "–" : Html.format("%,.0f MB", value / 1_048_576));
  }

  private void point(Trial.Point point) {
    boolean only = trial.points().size() == 1;
    if (only) {
      html.heading("How it went");
    } else {
      html.add("<details><summary>How it went with " + Html.text(point.label()) + "</summary>\n");
    }
    html.charts(PointCharts.of(point));
    if (!point.events().isEmpty()) {
      html.add("<ol class=\"events\" type=\"A\">");
      point
          .events()
          .forEach(
              event ->
                  html.add(
                      Html.format("<li>%.1f s: %s</li>", event.at(), Html.text(event.what()))));
      html.add("</ol>");
    }
    phases(point);
    GroupsSection.add(html, point);
    failures(point);
    proof(point);
    SchemesSection.add(html, point.schemes());
    if (!only) {
      html.add("</details>\n");
    }
  }

  private void phases(Trial.Point point) {
    html.subheading("Phases");
    List<List<Cell>> rows = new ArrayList<>();
    for (Trial.Phase phase : point.phases()) {
      Result.Phase load = phase.load();
      Result.Quantiles times = load.fromStart();
      boolean timed = times.count() > 0;
      double devices = Math.max(1, load.devices());
      rows.add(
          List.of(
              Cell.of(phase.name()),
              Cell.of(Html.part(load.done(), load.devices())),
              new Cell(Html.format("%,d", load.failed()), load.failed() > 0 ? "bad" : "num0"),
              Cell.of(Html.format("%.1f s", load.seconds())),
              Cell.of(load.devices() == 0 ? "–" : Html.format("%,.0f", load.perSecond())),
              Cell.of(timed ? Html.time(times.p50()) : "–"),
              Cell.of(timed ? Html.time(times.p99()) : "–"),
              Cell.of(timed ? Html.time(times.max()) : "–"),
              Cell.of(Html.format("%,d", load.late() + load.held())),
              Cell.of(Html.time(phase.cost().gatewayCpu() * 1000 / devices)),
              Cell.of(Html.time(phase.cost().databaseCpu() * 1000 / devices)),
              Cell.of(commits(phase.cost().commitBatch())),
              Cell.of(
                  Html.format(
                      "%.0f / %.0f",
                      load.frameBytesOut() / devices, load.frameBytesIn() / devices))));
    }
    html.table(
        List.of(
            "phase",
            "done",
            "failed",
            "time",
            "rate /s",
            "p50",
            "p99",
            "max",
            "late + held",
            "gateway CPU",
            "database CPU",
            "devices a commit",
            "bytes out / in"),
        rows);
  }

  private static String commits(double batch) {
    return batch == 0 ? "–" : Html.format("%.1f", batch);
  }

  private void failures(Trial.Point point) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Trial.Phase phase : point.phases()) {
      phase
          .failures()
          .forEach(
              (reason, times) ->
                  rows.add(
                      List.of(
                          Cell.of(phase.name()),
                          Cell.left(reason),
                          Cell.of(Html.format("%,d", times)))));
    }
    if (!rows.isEmpty()) {
      html.subheading("What went wrong on the way; devices try again");
      html.table(List.of("phase", "reason", "times"), rows);
    }
  }

  private void proof(Trial.Point point) {
    if (point.proof().isEmpty()) {
      return;
    }
    html.subheading("The proof: every secret that any device ever held, on every platform");
    List<List<Cell>> rows = new ArrayList<>();
    for (LiveResult.Check check : point.proof()) {
      rows.add(
          List.of(
              Cell.of(check.what()),
              Cell.of(Html.format("%,d", check.tried())),
              Cell.of(Html.format("%,d", check.held())),
              new Cell(Html.format("%,d", check.broken()), check.broken() > 0 ? "bad" : "num0"),
              Cell.of(Html.format("%,d", check.unclear()))));
    }
    html.table(List.of("logins", "tried", "held", "broken", "unclear"), rows);
  }

  private void environment() {
    Trial.Environment where = trial.environment();
    html.heading("Where, and how to repeat it");
    html.add("<pre role=\"group\" tabindex=\"0\" aria-label=\"command\">");
    html.add(Html.text(trial.command()) + "</pre>\n<div class=\"card\"><dl>");
    line("commit", where.commit());
    line("seed", Long.toString(trial.seed()));
    line("processor", where.cores() + " cores of " + where.processor());
    line("memory", Html.format("%.1f GB", where.memoryBytes() / 1e9));
    line("system", where.system() + ", " + where.java());
    line("X25519 of the devices", where.crypto().isEmpty() ? "–" : where.crypto());
    if (where.networks() != null) {
      line("networks", where.networks());
    }
    line("load average before", Html.format("%.2f", where.loadAverage()));
    html.add("</dl></div>\n<footer>Times count from the intended start of each device, whatever");
    html.add(" held it up (no coordinated omission). Devices, gateway and PostgreSQL share the");
    html.add(" machine. CPU per device is the whole process's, divided by the devices of the");
    html.add(" phase. latency.hlog beside this page holds every latency.</footer>\n");
  }

  private void line(String what, String value) {
    html.add("<dt>" + Html.text(what) + "</dt><dd>" + Html.text(value) + "</dd>");
  }
}
