package io.otakey.loadgen.report;

import io.otakey.loadgen.stats.Trial;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Charts of a run as files, for papers and documentation: of what is varied, or of the only run
 * over time, and of other schemes.
 */
final class ChartFiles {
  private ChartFiles() {}

  /** Writes title-of-the-chart.svg for each into the folder, and removes others that are there. */
  static void write(Trial trial, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (DirectoryStream<Path> before = Files.newDirectoryStream(folder, "*.svg")) {
      for (Path file : before) {
        Files.delete(file);
      }
    }
    Trial.Point last = trial.points().get(trial.points().size() - 1);
    List<Chart> charts = trial.points().size() > 1 ? SeriesCharts.of(trial) : PointCharts.of(last);
    for (Chart chart : charts) {
      write(folder, chart.title(), chart.file());
    }
    for (Bars bars : SchemesSection.charts(last.schemes())) {
      write(folder, bars.title(), bars.file());
    }
  }

  private static void write(Path folder, String title, String svg) throws IOException {
    if (!svg.isEmpty()) {
      String name = title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
      Files.writeString(folder.resolve(name + ".svg"), svg);
    }
  }
}
