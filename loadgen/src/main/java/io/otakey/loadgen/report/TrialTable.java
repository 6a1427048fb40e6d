package io.otakey.loadgen.report;

import io.otakey.loadgen.stats.Trial;
import java.io.PrintStream;
import java.util.Locale;

/** The end of a run on a terminal. */
public final class TrialTable {
  private final PrintStream out;

  /** A table on this stream. */
  public TrialTable(PrintStream out) {
    this.out = out;
  }

  /** Prints what held and what did not. */
  public void print(Trial trial) {
    out.println();
    trial.warnings().forEach(warning -> line("note: %s", warning));
    for (Trial.Verdict verdict : trial.verdicts()) {
      line(
          "%-6s %-34s %-16s %s",
          verdict.holds() ? "held" : "FAILED", verdict.text(), verdict.where(), verdict.found());
    }
    line(
        "%s: %s, %.1f s",
        trial.experiment(),
        trial.isPassed() ? "all that was asserted held" : "NOT all that was asserted held",
        trial.seconds());
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }
}
