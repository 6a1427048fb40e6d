package io.otakey.gateway.batch;

import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Resource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * Collects inputs into batches. An idle lane runs an input at once; while a batch is in flight the
 * next one gathers, so batches grow with the load. Inputs of equal shard share a lane and keep
 * their order. Every queue, wait and repetition is bounded.
 *
 * @param <I> what is submitted
 * @param <O> what becomes of it
 */
public final class Batcher<I, O> {
  private final List<Lane<I, O>> lanes;
  private final ToIntFunction<? super I> shard;
  private final Runnable hide;

  /**
   * A batcher that is ready at once.
   *
   * @param name tag of the meters
   * @param shard a hash; inputs of equal hash never run at once
   */
  public Batcher(
      Vertx vertx,
      String name,
      BatcherConfig config,
      ToIntFunction<? super I> shard,
      BatchWork<I, O> work,
      MeterRegistry registry) {
    BatchMeters meters = new BatchMeters(registry, name);
    this.shard = shard;
    this.lanes =
        Stream.generate(() -> new Lane<>(vertx, config, work, meters))
            .limit(config.lanes())
            .toList();
    this.hide =
        Resource.show(
            registry,
            resource(name),
            lanes,
            all -> all.stream().mapToInt(Lane::queued).sum(),
            config.lanes() * config.maxQueue());
  }

  static String resource(String name) {
    return "batch_" + name;
  }

  /**
   * Submits an input; from any thread. The future completes on the caller's event loop, if it has
   * one.
   */
  public Future<O> submit(I input) {
    int hash = shard.applyAsInt(input);
    return lanes.get(Math.floorMod(hash ^ (hash >>> 16), lanes.size())).submit(input);
  }

  /** Refuses what comes from now on; completes when everything accepted is answered. */
  public Future<Void> close() {
    hide.run();
    return Future.join(lanes.stream().map(Lane::close).toList()).mapEmpty();
  }
}
