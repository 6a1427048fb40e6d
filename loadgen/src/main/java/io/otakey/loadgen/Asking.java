package io.otakey.loadgen;

import io.netty.channel.EventLoop;
import io.otakey.loadgen.link.Connection;
import io.otakey.loadgen.link.Receiver;
import io.otakey.loadgen.stats.Latency;
import io.otakey.loadgen.stats.Result;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Questions one after the other on each of many connections, as brokers ask; one event loop. */
final class Asking {
  private static final double NANOS = 1e9;

  private final EventLoop loop;
  private final Supplier<Connection> opener;
  private final List<byte[]> questions;
  private final byte[] right;
  private final double rate;
  private final ArrayDeque<Asker> idle = new ArrayDeque<>();
  private final Latency latency = new Latency();
  private final CompletableFuture<Count> finished = new CompletableFuture<>();
  private long begin;
  private long counted;
  private long end;
  private long asked;
  private long answered;
  private long answeredInTime;
  private long wrong;
  private long lost;

  /**
   * What happened.
   *
   * @param answered in all
   * @param answeredInTime after warming up
   * @param wrong answers that were not as they should be
   * @param latency from when the question was due, after warming up
   */
  record Count(
      long answered, long answeredInTime, long wrong, long lost, Result.Quantiles latency) {}

  /**
   * Opens nothing yet.
   *
   * @param questions in turn
   * @param right what the answer to each must be
   * @param rate questions per second, by the clock; 0: the next one as soon as one is answered
   */
  Asking(
      EventLoop loop,
      Supplier<Connection> opener,
      int connections,
      List<byte[]> questions,
      byte[] right,
      double rate) {
    this.loop = loop;
    this.opener = opener;
    this.questions = questions;
    this.right = right;
    this.rate = rate;
    for (int i = 0; i < connections; i++) {
      idle.add(new Asker());
    }
  }

  /** Runs for so long, and counts the answers after the warm-up. */
  CompletableFuture<Count> run(int warmUpSeconds, int seconds) {
    loop.execute(
        () -> {
          begin = System.nanoTime();
          counted = begin + TimeUnit.SECONDS.toNanos(warmUpSeconds);
          end = counted + TimeUnit.SECONDS.toNanos(seconds);
          turn();
        });
    return finished;
  }

  private void turn() {
    long now = System.nanoTime();
    if (now >= end) {
      finished.complete(new Count(answered, answeredInTime, wrong, lost, latency.summary()));
      return;
    }
    askWhatIsDue(now);
    var unused = loop.schedule(this::turn, 1, TimeUnit.MILLISECONDS);
  }

  private void askWhatIsDue(long now) {
    while (!idle.isEmpty()) {
      long due = rate == 0 ? now : begin + (long) (asked * NANOS / rate);
      if (due > now) {
        return;
      }
      byte[] question = questions.get((int) (asked % questions.size()));
      asked++;
      idle.remove().ask(question, due);
    }
  }

  /** One connection with at most one open question. */
  private final class Asker implements Receiver {
    private Connection connection = opener.get();
    private long due;

    void ask(byte[] question, long at) {
      due = at;
      if (!connection.isUsable()) {
        connection = opener.get();
      }
      connection.send(this, question);
    }

    @Override
    public void answered(Sent which, byte[] answer) {
      long now = System.nanoTime();
      answered++;
      wrong += Arrays.equals(answer, right) ? 0 : 1;
      if (now >= counted && now < end) {
        answeredInTime++;
        latency.record(now - due);
      }
      idle.add(this);
      if (now < end) {
        askWhatIsDue(now);
      }
    }

    @Override
    public void lost(Sent which) {
      lost++;
      idle.add(this); // asks again at the next turn
    }
  }
}
