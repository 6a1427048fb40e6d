package io.otakey.loadgen;

import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.live.LiveStatus;
import io.otakey.loadgen.stats.LiveCount;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Help.Ansi;

/** Runs a living fleet as the lines of an input say, and shows how it is meanwhile. */
final class Steward {
  private static final String END = "\0";

  /** Lines that wait; who writes more waits, too. */
  private static final int MAX_LINES = 1000;

  private static final long LOOK_MILLIS = 100;
  private static final long SHOW_NANOS = 1_000_000_000L;
  private static final long SHOW_PLAIN_NANOS = 5_000_000_000L;
  private static final Pattern AWAIT =
      Pattern.compile("await(?: platform=([a-z0-9-]{1,32}))?(?: epoch=([0-9]{1,9}))?");

  private final LiveRun run;
  private final boolean quiet;
  private final boolean terminal = Ansi.AUTO.enabled();
  private final Duration patience;
  private final Duration livesFor;
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(MAX_LINES);
  private long shownAt = System.nanoTime();
  private long pollsShown;

  /**
   * @param patience of an await
   * @param livesFor after the end of input
   */
  Steward(LiveRun run, InputStream input, boolean quiet, Duration patience, Duration livesFor) {
    this.run = run;
    this.quiet = quiet;
    this.patience = patience;
    this.livesFor = livesFor;
    Thread reader = new Thread(() -> read(input), "input");
    reader.setDaemon(true);
    reader.start();
  }

  private void read(InputStream input) {
    try {
      readLines(input);
      lines.put(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readLines(InputStream input) throws InterruptedException {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.put(line.trim());
      }
    } catch (IOException e) {
      err.println("standard input cannot be read: " + e.getMessage());
    }
  }

  /** Until the fleet's life is over; says whether a proof is wanted. */
  boolean run() throws InterruptedException {
    run.start();
    while (true) {
      String line = lines.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      if (line == null) {
        show();
        continue;
      }
      Matcher await = AWAIT.matcher(line);
      if (await.matches()) {
        String epoch = await.group(2);
        await(Optional.ofNullable(await.group(1)), epoch == null ? 1 : Long.parseLong(epoch));
        continue;
      }
      switch (line) {
        case "" -> {}
        case "show" -> out.println(text(run.status()));
        case "prove" -> {
          return true;
        }
        case "quit" -> {
          return false;
        }
        case END -> {
          await(Optional.empty(), 1);
          liveOn();
          return true;
        }
        default -> err.println("not understood: " + line);
      }
    }
  }

  private void liveOn() throws InterruptedException {
    long end = System.nanoTime() + livesFor.toNanos();
    while (System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      show();
    }
  }

  private void await(Optional<String> platform, long epoch) throws InterruptedException {
    long begin = System.nanoTime();
    LiveStatus status = run.status();
    while (!status.allThere(platform, epoch) && System.nanoTime() - begin < patience.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      show();
      status = run.status();
    }
    String where =
        String.format(
            Locale.ROOT,
            "%,d of %,d at epoch %d or later%s after %.1f s",
            status.there(platform, epoch),
            status.devices(),
            epoch,
            platform.map(id -> " on " + id).orElse(""),
            (System.nanoTime() - begin) / 1e9);
    boolean reached = status.allThere(platform, epoch);
    if (!reached) {
      run.fault("awaited in vain: " + where + ", " + status.settled() + " of them at rest");
    }
    clear();
    out.println((reached ? "reached: " : "not reached: ") + where);
    out.flush();
  }

  private void show() throws InterruptedException {
    long now = System.nanoTime();
    if (quiet || now - shownAt < (terminal ? SHOW_NANOS : SHOW_PLAIN_NANOS)) {
      return;
    }
    LiveStatus status = run.status();
    double seconds = (now - shownAt) / 1e9;
    long polls = status.count(LiveCount.POLLS);
    clear();
    String rate = String.format(Locale.ROOT, " · %,.0f polls/s", (polls - pollsShown) / seconds);
    if (terminal) {
      err.print(text(status) + rate);
      err.flush();
    } else {
      err.println(text(status) + rate);
    }
    shownAt = now;
    pollsShown = polls;
  }

  private void clear() {
    if (terminal && !quiet) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }

  private static String text(LiveStatus status) {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%6.1f s", status.seconds()));
    status
        .places()
        .forEach(
            (place, count) -> text.append(String.format(Locale.ROOT, " · %s: %,d", place, count)));
    text.append(
        String.format(
            Locale.ROOT,
            " · rotated %,d, moved %,d, given up %,d, logins refused %,d, unanswered %,d"
                + " · probes %,d, outages %,d",
            status.count(LiveCount.ROTATIONS),
            status.count(LiveCount.MOVES),
            status.count(LiveCount.ABANDONS),
            status.count(LiveCount.LOGINS_REFUSED),
            status.count(LiveCount.LOGINS_UNANSWERED),
            status.count(LiveCount.PROBES),
            status.count(LiveCount.OUTAGES)));
    return text.toString();
  }
}
