package io.otakey.gateway.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One line on the terminal that tells how far a long command is. */
final class Progress {
  private static final int WIDTH = 24;
  private static final long EVERY = Duration.ofMillis(200).toNanos();

  private final PrintWriter err;
  private final boolean wanted;
  private final long begin = System.nanoTime();
  private long total = -1;
  private long printedAt;
  private boolean printed;

  private Progress(PrintWriter err, boolean wanted) {
    this.err = err;
    this.wanted = wanted;
  }

  /** On a terminal, or as asked. */
  static Progress wanted(Output output, @Nullable Boolean asked) {
    return new Progress(output.err(), asked != null ? asked : onTerminal());
  }

  /** Whether the standard error is a terminal; where that cannot be told, it is none. */
  private static boolean onTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** How many bytes there are in all; unknown until told. */
  void total(long bytes) {
    total = bytes;
  }

  /** So many bytes are done, in so many lines. */
  void update(long bytes, long lines) {
    long now = System.nanoTime();
    if (!wanted || (printed && now - printedAt < EVERY)) {
      return;
    }
    print(bytes, lines, now);
  }

  /** The last state, and a new line. */
  void finish(long bytes, long lines) {
    if (wanted) {
      print(bytes, lines, System.nanoTime());
      err.println();
      err.flush();
    }
  }

  private void print(long bytes, long lines, long now) {
    double seconds = Math.max(1e-3, (now - begin) / 1e9);
    StringBuilder line = new StringBuilder("\r");
    if (total > 0) {
      double part = Math.min(1, (double) bytes / total);
      int filled = (int) (part * WIDTH);
      line.append('[').append("#".repeat(filled)).append(".".repeat(WIDTH - filled));
      line.append(String.format(Locale.ROOT, "] %3.0f %%  ", part * 100));
    }
    line.append(String.format(Locale.ROOT, "%,d lines  %,.0f/s", lines, lines / seconds));
    if (total > 0 && bytes > 0 && bytes < total) {
      line.append(String.format(Locale.ROOT, "  %.0f s left", seconds * (total - bytes) / bytes));
    }
    err.print(line.append("   "));
    err.flush();
    printedAt = now;
    printed = true;
  }
}
