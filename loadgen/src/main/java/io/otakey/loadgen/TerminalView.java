package io.otakey.loadgen;

import io.otakey.loadgen.experiment.View;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A run on a terminal: a bar for each phase, and under the present one a few lines that change.
 * Elsewhere a line every few seconds.
 */
final class TerminalView implements View {
  private static final int WIDTH = 20;
  private static final double PLAIN_SECONDS = 5;
  private static final String CLEAR = "\r\u001b[J";
  private static final String UP = "\u001b[%dA";
  private static final String NO_WRAP = "\u001b[?7l";
  private static final String WRAP = "\u001b[?7h";
  private static final String UNDER = " ".repeat(11);

  private final PrintStream out;
  private final boolean terminal;
  private int open;
  private long devices;
  private double shownAt;

  /**
   * @param terminal whether the stream is one
   */
  TerminalView(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public synchronized void says(String text) {
    clear();
    out.println(text);
    out.flush();
  }

  @Override
  public synchronized void begins(String phase, long all) {
    devices = all;
    shownAt = Double.NaN;
  }

  @Override
  public synchronized void shows(Trial.Sample sample) {
    List<String> lines =
        List.of(
            bar(sample.phase(), sample.done(), devices),
            UNDER + pace(sample),
            UNDER + machine(sample),
            UNDER + failures(sample.failures()));
    if (terminal) {
      clear();
      out.print(NO_WRAP + String.join("\n", lines) + WRAP); // one that wraps would not be cleared
      open = lines.size();
    } else if (Double.isNaN(shownAt)) {
      shownAt = sample.at();
    } else if (devices > 0 && sample.at() - shownAt >= PLAIN_SECONDS) {
      shownAt = sample.at();
      out.println(lines.stream().map(String::strip).collect(Collectors.joining("  ")));
    }
    out.flush();
  }

  @Override
  public synchronized void ends(Result.Phase phase) {
    clear();
    Result.Quantiles times = phase.fromStart();
    String pace = phase.devices() == 0 ? "" : text("  %,.0f/s", phase.perSecond());
    String latency =
        times.count() == 0 ? "" : text("  p50 %,.1f ms, p99 %,.1f ms", times.p50(), times.p99());
    String failed = phase.failed() == 0 ? "" : text("  FAILED %,d", phase.failed());
    out.println(
        bar(phase.name(), phase.done(), phase.devices())
            + text(" in %.1f s", phase.seconds())
            + failed
            + pace
            + latency);
    out.flush();
  }

  /** A phase that is not about devices has none. */
  private static String bar(String phase, long done, long devices) {
    if (devices == 0) {
      return text("%-10s", phase);
    }
    int filled = (int) (WIDTH * Math.min(done, devices) / devices);
    return text(
        "%-10s [%s%s] %,d of %,d",
        phase, "#".repeat(filled), ".".repeat(WIDTH - filled), done, devices);
  }

  private static String pace(Trial.Sample sample) {
    String latency =
        sample.p50() == null || sample.p99() == null
            ? ""
            : text("   p50 %,.1f ms   p99 %,.1f ms", sample.p50(), sample.p99());
    return text("%,.0f/s", sample.perSecond()) + latency;
  }

  private static String machine(Trial.Sample sample) {
    return text(
        "cores: gateway %.2f, database %.2f, generator %.2f   gateway %,d MB",
        sample.gatewayCpu(),
        sample.databaseCpu(),
        sample.generatorCpu(),
        sample.gatewayMemory() / 1_048_576);
  }

  /** The most frequent first, should the line be cut. */
  private static String failures(Map<String, Long> failures) {
    return failures.isEmpty()
        ? "no failures"
        : failures.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .map(entry -> text("%s: %,d", entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
  }

  private void clear() {
    if (open > 0) {
      out.print((open > 1 ? text(UP, open - 1) : "") + CLEAR);
      open = 0;
    }
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
