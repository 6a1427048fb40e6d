package io.otakey.loadgen.report;

import java.io.PrintStream;
import java.util.Locale;

/** Shows how far a run is: one line that changes on a terminal, a line now and then elsewhere. */
public final class Progress {
  private static final int WIDTH = 30;
  private static final long PLAIN_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private final boolean quiet;
  private String phase = "";
  private long total;
  private long begin;
  private long shownAt;

  /**
   * @param terminal whether the stream is one
   * @param quiet say nothing at all
   */
  public Progress(PrintStream out, boolean terminal, boolean quiet) {
    this.out = out;
    this.terminal = terminal;
    this.quiet = quiet;
  }

  /** A phase begins. */
  public void phase(String name, long devices) {
    phase = name;
    total = devices;
    begin = System.nanoTime();
    shownAt = begin;
  }

  /** So many are done. */
  public void show(long done) {
    long now = System.nanoTime();
    if (quiet || (!terminal && now - shownAt < PLAIN_NANOS)) {
      return;
    }
    shownAt = now;
    String line = line(done, (now - begin) / 1e9);
    if (terminal) {
      out.print("\r\u001b[K" + line);
      out.flush();
    } else {
      out.println(line);
    }
  }

  /** The phase is over. */
  public void done(long done, double seconds) {
    if (!quiet) {
      out.println((terminal ? "\r\u001b[K" : "") + line(done, seconds));
    }
  }

  private String line(long done, double seconds) {
    double share = total == 0 ? 1 : (double) done / total;
    int filled = (int) Math.round(share * WIDTH);
    return String.format(
        Locale.ROOT,
        "%-9s [%s%s] %,d of %,d  %,.0f/s  %.1f s",
        phase,
        "#".repeat(filled),
        ".".repeat(WIDTH - filled),
        done,
        total,
        seconds > 0 ? done / seconds : 0,
        seconds);
  }
}
