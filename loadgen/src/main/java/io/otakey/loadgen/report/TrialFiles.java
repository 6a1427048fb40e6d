package io.otakey.loadgen.report;

import io.otakey.loadgen.stats.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A run as files: a page and charts for people, JSON and CSV for machines. */
public final class TrialFiles {
  private TrialFiles() {}

  /**
   * Writes report.html, result.json, figures.csv, phases.csv, samples.csv and charts/*.svg,
   * replacing old ones.
   *
   * @throws IOException if one cannot be written
   */
  public static void write(Trial trial, Path folder) throws IOException {
    Files.createDirectories(folder);
    JsonReport.write(trial, folder.resolve("result.json"));
    Files.writeString(folder.resolve("report.html"), TrialPage.of(trial));
    ChartFiles.write(trial, folder.resolve("charts"));
    Files.write(folder.resolve("figures.csv"), figures(trial));
    Files.write(folder.resolve("phases.csv"), phases(trial));
    Files.write(folder.resolve("samples.csv"), samples(trial));
  }

  private static List<String> figures(Trial trial) {
    List<String> lines = new ArrayList<>();
    lines.add("value,figure,number");
    for (Trial.Point point : trial.points()) {
      point
          .figures()
          .forEach(
              (figure, number) ->
                  lines.add(value(point.value()) + "," + figure + "," + number(number)));
    }
    return lines;
  }

  /** Counts are whole. */
  private static String number(double number) {
    return number == Math.rint(number)
        ? String.format(Locale.ROOT, "%.0f", number)
        : value((Double) number);
  }

  private static List<String> phases(Trial trial) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "value,phase,devices,done,failed,dropped,late,held,seconds,p50_ms,p90_ms,p99_ms,p999_ms,"
            + "max_ms,bytes_out,bytes_in,gateway_cpu_s,database_cpu_s,generator_cpu_s,"
            + "gateway_memory_bytes,commit_batch");
    for (Trial.Point point : trial.points()) {
      for (Trial.Phase phase : point.phases()) {
        var load = phase.load();
        var times = load.fromStart();
        var cost = phase.cost();
        lines.add(
            String.format(
                Locale.ROOT,
                "%s,%s,%d,%d,%d,%d,%d,%d,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%d,%d,%.2f,%.2f,%.2f,%d,%.1f",
                value(point.value()),
                phase.name(),
                load.devices(),
                load.done(),
                load.failed(),
                load.dropped(),
                load.late(),
                load.held(),
                load.seconds(),
                times.p50(),
                times.p90(),
                times.p99(),
                times.p999(),
                times.max(),
                load.frameBytesOut(),
                load.frameBytesIn(),
                cost.gatewayCpu(),
                cost.databaseCpu(),
                cost.generatorCpu(),
                cost.gatewayMemory(),
                cost.commitBatch()));
      }
    }
    return lines;
  }

  private static List<String> samples(Trial trial) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "value,seconds,phase,started,done,per_second,p50_ms,p99_ms,gateway_cores,database_cores,"
            + "generator_cores,gateway_memory_bytes,failures");
    for (Trial.Point point : trial.points()) {
      for (Trial.Sample sample : point.samples()) {
        lines.add(
            String.format(
                Locale.ROOT,
                "%s,%.2f,%s,%d,%d,%.1f,%s,%s,%.3f,%.3f,%.3f,%d,%d",
                value(point.value()),
                sample.at(),
                sample.phase(),
                sample.started(),
                sample.done(),
                sample.perSecond(),
                value(sample.p50()),
                value(sample.p99()),
                sample.gatewayCpu(),
                sample.databaseCpu(),
                sample.generatorCpu(),
                sample.gatewayMemory(),
                sample.failures().values().stream().mapToLong(Long::longValue).sum()));
      }
    }
    return lines;
  }

  private static String value(@Nullable Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.6g", value);
  }
}
