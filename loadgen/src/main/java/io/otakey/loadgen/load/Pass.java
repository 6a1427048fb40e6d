package io.otakey.loadgen.load;

import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Tally;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleConsumer;

/** All devices on their way to one goal. */
public final class Pass {
  private static final double NANOS = 1e9;

  private final String name;
  private final int devices;
  private final long begin;
  private final List<CompletableFuture<Tally>> lanes;
  private final DoubleConsumer whenOver;
  private final CompletableFuture<Void> all;
  private volatile long end;

  Pass(
      String name,
      int devices,
      long begin,
      List<CompletableFuture<Tally>> lanes,
      DoubleConsumer whenOver) {
    this.name = name;
    this.devices = devices;
    this.begin = begin;
    this.lanes = lanes;
    this.whenOver = whenOver;
    this.all =
        CompletableFuture.allOf(lanes.toArray(new CompletableFuture<?>[0]))
            .whenComplete((none, failure) -> end = System.nanoTime());
  }

  /** Waits; says whether it is over. */
  public boolean await(long millis) throws InterruptedException {
    try {
      all.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a lane failed", e);
    }
  }

  /** What came of it; waits for the end. */
  public Outcome outcome() {
    all.join();
    double seconds = (end - begin) / NANOS;
    whenOver.accept(seconds);
    Tally sum = new Tally();
    lanes.forEach(lane -> sum.add(lane.join()));
    return new Outcome(sum.summary(name, devices, seconds), sum);
  }

  /** In words, and every latency. */
  public record Outcome(Result.Phase phase, Tally tally) {}
}
