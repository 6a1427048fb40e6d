package io.otakey.loadgen.report;

import io.otakey.loadgen.stats.LiveCount;
import io.otakey.loadgen.stats.LiveResult;
import java.io.PrintStream;
import java.util.Locale;

/** What became of a living fleet, for people. */
public final class LiveTable {
  private final PrintStream out;

  /** A table on this stream. */
  public LiveTable(PrintStream out) {
    this.out = out;
  }

  /** Prints everything. */
  public void print(LiveResult result) {
    line("");
    line("devices %,d   seconds %.1f", result.devices(), result.seconds());
    result.places().forEach((place, count) -> line("  %-40s %,12d", place, count));
    line("");
    result
        .counts()
        .forEach(
            (what, count) -> {
              if (count > 0 || what == LiveCount.OUTAGES) {
                line("%-42s %,12d", name(what), count);
              }
            });
    line("");
    line("%-50s %10s %10s %10s %10s", "proof", "logins", "held", "broken", "unclear");
    for (LiveResult.Check check : result.proof()) {
      line(
          "%-50s %,10d %,10d %,10d %,10d",
          check.what(), check.tried(), check.held(), check.broken(), check.unclear());
    }
    result.faults().forEach(fault -> line("fault: %s", fault));
    line(result.isPerfect() ? "everything held" : "NOT everything held");
  }

  private static String name(LiveCount what) {
    return what.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }
}
