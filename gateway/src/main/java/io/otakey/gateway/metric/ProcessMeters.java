package io.otakey.gateway.metric;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The process itself: memory, collections, threads, files, CPU, and how late event loops are. */
public final class ProcessMeters {
  private static final long BEAT_MILLIS = 100;

  private ProcessMeters() {}

  /**
   * Binds them all.
   *
   * @param closers takes what stops them again
   */
  public static void bindTo(MeterRegistry meters, Vertx vertx, Consumer<Runnable> closers) {
    JvmGcMetrics collections = new JvmGcMetrics();
    collections.bindTo(meters);
    closers.accept(collections::close);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ClassLoaderMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new FileDescriptorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
    bindLag(meters, vertx);
  }

  /** How much later than due a timer runs: what every frame on that event loop waits. */
  private static void bindLag(MeterRegistry meters, Vertx vertx) {
    Timer lag =
        Timer.builder(MeterNames.EVENT_LOOP_LAG)
            .serviceLevelObjectives(MeterNames.latencyBuckets())
            .register(meters);
    long[] due = {System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BEAT_MILLIS)};
    vertx.setPeriodic(
        BEAT_MILLIS,
        id -> {
          long now = System.nanoTime();
          lag.record(Math.max(0, now - due[0]), TimeUnit.NANOSECONDS);
          due[0] = now + TimeUnit.MILLISECONDS.toNanos(BEAT_MILLIS);
        });
  }
}
