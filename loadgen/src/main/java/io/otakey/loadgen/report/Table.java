package io.otakey.loadgen.report;

import io.otakey.loadgen.stats.Result;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The result for people. */
public final class Table {
  private final PrintStream out;

  /** A table on this stream. */
  public Table(PrintStream out) {
    this.out = out;
  }

  /** Prints everything. */
  public void print(Result result) {
    out.println();
    line(
        "devices %,d   enrolled %,d   proven %s   failed %,d   bricked %s   unproven %s",
        result.devices(),
        result.enrolled(),
        asked(result.proven()),
        result.failed(),
        asked(result.bricked()),
        asked(result.unproven()));
    out.println();
    row("phase", "done", "failed", "seconds", "per second", "late+held");
    for (Result.Phase phase : result.phases()) {
      row(
          phase.name(),
          count(phase.done()),
          count(phase.failed()),
          number(phase.seconds()),
          number(phase.perSecond()),
          count(phase.late() + phase.held()));
    }
    out.println();
    row("latency, ms", "p50", "p90", "p99", "p99.9", "max");
    for (Result.Phase phase : result.phases()) {
      quantiles(phase.name() + ", from start", phase.fromStart());
      quantiles(phase.name() + ", from frame", phase.fromFirstFrame());
      phase.frames().forEach((type, frames) -> quantiles("  " + type, frames.latency()));
    }
    frames(result);
    bytes(result);
    result.warnings().forEach(warning -> out.println("note: " + warning));
  }

  private static String asked(@Nullable Long count) {
    return count == null ? "not asked" : count(count);
  }

  private void frames(Result result) {
    out.println();
    row("frames", "sent", "answered", "unanswered", "refused", "conn. lost");
    for (Result.Phase phase : result.phases()) {
      for (Map.Entry<String, Result.Frames> entry : phase.frames().entrySet()) {
        Result.Frames frames = entry.getValue();
        row(
            phase.name() + " " + entry.getKey(),
            count(frames.sent()),
            count(frames.answered()),
            count(frames.unanswered()),
            count(frames.refusals().values().stream().mapToLong(Long::longValue).sum()),
            count(frames.lost()));
        frames.refusals().forEach((code, times) -> line("    ERROR %s: %,d", code, times));
      }
    }
  }

  private void bytes(Result result) {
    Result.Sockets sockets = result.sockets();
    double devices = Math.max(1, result.devices());
    out.println();
    for (Result.Phase phase : result.phases()) {
      line(
          "bytes of frames per device, %s: %.0f out, %.0f in",
          phase.name(), phase.frameBytesOut() / devices, phase.frameBytesIn() / devices);
    }
    line(
        "bytes at the socket per device, all phases: %.0f out, %.0f in",
        sockets.bytesOut() / devices, sockets.bytesIn() / devices);
    line(
        "connections %,d   not made %,d   lost %,d",
        sockets.connections(), sockets.connectFailures(), sockets.connectionsLost());
    line(
        "generator: %s, %d processors, CPU %.1f s, %.0f us per device, busiest loop %.0f %%",
        result.crypto(),
        result.generator().processors(),
        result.generator().cpuSeconds(),
        result.generator().cpuMicrosPerDevice(),
        100 * result.generator().busiestLoop());
  }

  private void quantiles(String name, Result.Quantiles q) {
    row(name, number(q.p50()), number(q.p90()), number(q.p99()), number(q.p999()), number(q.max()));
  }

  private void row(Object... cells) {
    out.printf(Locale.ROOT, "%-22s %12s %12s %12s %12s %12s%n", cells);
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  private static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.1f", value);
  }
}
