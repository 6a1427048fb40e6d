package io.otakey.loadgen;

import io.otakey.loadgen.experiment.View;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A run on a terminal: three lines that change. Elsewhere a line every few seconds. */
final class TerminalView implements View {
  private static final int WIDTH = 30;
  private static final double PLAIN_SECONDS = 5;
  private static final String CLEAR = "\r\u001b[J";
  private static final String UP = "\u001b[2A";

  private final PrintStream out;
  private final boolean terminal;
  private boolean open;
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
    if (!terminal && (devices == 0 || sample.at() - shownAt < PLAIN_SECONDS)) {
      shownAt = Double.isNaN(shownAt) ? sample.at() : shownAt;
      return;
    }
    if (!terminal && Double.isNaN(shownAt)) {
      shownAt = sample.at();
      return;
    }
    shownAt = sample.at();
    clear();
    if (terminal) {
      out.print(bar(sample) + "\n" + machine(sample) + "\n" + failures(sample.failures()));
      open = true;
    } else {
      out.println(bar(sample) + " " + machine(sample).strip() + failures(sample.failures()));
    }
    out.flush();
  }

  @Override
  public synchronized void ends(Result.Phase phase) {
    clear();
    if (phase.devices() == 0) {
      out.println(text("%-10s %5.1f s", phase.name(), phase.seconds()));
    } else {
      Result.Quantiles times = phase.fromStart();
      String latency =
          times.count() == 0 ? "" : text("  p50 %,.1f ms, p99 %,.1f ms", times.p50(), times.p99());
      out.println(
          text(
              "%-10s %,d of %,d in %.1f s  %,.0f/s%s%s",
              phase.name(),
              phase.done(),
              phase.devices(),
              phase.seconds(),
              phase.perSecond(),
              latency,
              phase.failed() == 0 ? "" : text("  FAILED %,d", phase.failed())));
    }
    out.flush();
  }

  private String bar(Trial.Sample sample) {
    double share = devices == 0 ? 0 : Math.min(1, (double) sample.done() / devices);
    int filled = (int) Math.round(share * WIDTH);
    String latency =
        sample.p50() == null || sample.p99() == null
            ? ""
            : text("  p50 %,.1f p99 %,.1f ms", sample.p50(), sample.p99());
    return text(
        "%-10s [%s%s] %,d of %,d  %,.0f/s%s",
        sample.phase(),
        "#".repeat(filled),
        ".".repeat(WIDTH - filled),
        sample.done(),
        devices,
        sample.perSecond(),
        latency);
  }

  private static String machine(Trial.Sample sample) {
    return text(
        "           gateway %.2f cores, %,d MB   database %.2f cores   generator %.2f cores",
        sample.gatewayCpu(),
        sample.gatewayMemory() / 1_048_576,
        sample.databaseCpu(),
        sample.generatorCpu());
  }

  private static String failures(Map<String, Long> failures) {
    return failures.isEmpty()
        ? ""
        : "           "
            + failures.entrySet().stream()
                .map(entry -> text("%s: %,d", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
  }

  private void clear() {
    if (open) {
      out.print(UP + CLEAR);
      open = false;
    }
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
