package io.otakey.loadgen.report;

import io.otakey.loadgen.stats.Latency;
import java.io.IOException;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Latencies of each interval as an HdrHistogram log: microseconds from the intended start, tagged
 * with the phase.
 */
public final class LatencyLog implements AutoCloseable {
  private final HistogramLogWriter writer;

  /**
   * Begins a file, replacing an old one.
   *
   * @throws IOException if it cannot be written
   */
  public LatencyLog(Path file, long startMillis) throws IOException {
    writer = new HistogramLogWriter(file.toFile());
    writer.outputLogFormatVersion();
    writer.outputComment("[microseconds from the intended start; tags are phases]");
    writer.outputBaseTime(startMillis);
    writer.setBaseTime(startMillis);
    writer.outputStartTime(startMillis);
    writer.outputLegend();
  }

  /** One interval, if anything came in it. */
  public void add(String tag, long fromMillis, long toMillis, Latency latency) {
    Histogram histogram = latency.histogram();
    if (histogram.getTotalCount() == 0) {
      return;
    }
    histogram.setTag(tag.replaceAll("[,\\s]", "_"));
    histogram.setStartTimeStamp(fromMillis);
    histogram.setEndTimeStamp(toMillis);
    writer.outputIntervalHistogram(histogram);
  }

  @Override
  public void close() {
    writer.close();
  }
}
