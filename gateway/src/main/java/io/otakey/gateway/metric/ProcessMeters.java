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
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The process itself: memory, collections, threads, files, CPU, and how late event loops are. */
public final class ProcessMeters {
  private static final long BEAT_MILLIS = 100;

  /**
   * What Micrometer measures of a JVM on Linux; labels have a value for each pool, collector, cause
   * or state that the JVM has.
   */
  public static final List<Described> BY_MICROMETER =
      List.of(
          gauge("jvm_memory_used_bytes", "Memory in use", "area", "id"),
          gauge("jvm_memory_committed_bytes", "Memory taken from the machine", "area", "id"),
          gauge("jvm_memory_max_bytes", "Memory at most; -1 without a limit", "area", "id"),
          gauge("jvm_buffer_count_buffers", "Buffers outside of the heap", "id"),
          gauge("jvm_buffer_memory_used_bytes", "Their memory in use", "id"),
          gauge("jvm_buffer_total_capacity_bytes", "Their capacity", "id"),
          new Described(
              "jvm_gc_pause_seconds",
              "summary",
              "Pauses of collections: number, sum, maximum",
              List.of("action", "cause", "gc")),
          gauge("jvm_gc_live_data_size_bytes", "Old generation after its last collection"),
          gauge("jvm_gc_max_data_size_bytes", "Old generation at most"),
          counter("jvm_gc_memory_allocated_bytes_total", "Bytes allocated"),
          counter("jvm_gc_memory_promoted_bytes_total", "Bytes that became old"),
          gauge("jvm_threads_live_threads", "Threads"),
          gauge("jvm_threads_daemon_threads", "Threads that do not keep the process alive"),
          gauge("jvm_threads_peak_threads", "Most threads since the start"),
          counter("jvm_threads_started_threads_total", "Threads started"),
          gauge("jvm_threads_states_threads", "Threads by state", "state"),
          gauge("jvm_classes_loaded_classes", "Classes loaded now"),
          counter("jvm_classes_unloaded_classes_total", "Classes unloaded"),
          gauge("process_cpu_usage", "CPU of this process, 0 to 1 of all cores"),
          counter("process_cpu_time_ns_total", "CPU time of this process, nanoseconds"),
          gauge("process_files_open_files", "Files and sockets open"),
          gauge("process_files_max_files", "Files and sockets allowed"),
          gauge("process_uptime_seconds", "Time since the start"),
          gauge("process_start_time_seconds", "When it started, since 1970"),
          gauge("system_cpu_usage", "CPU of the machine, 0 to 1 of all cores"),
          gauge("system_cpu_count", "Cores that the process may use"),
          gauge("system_load_average_1m", "Load of the machine, over a minute"));

  /**
   * A meter that is not ours.
   *
   * @param name as Prometheus knows it
   * @param type of the exposition format
   * @param labels their keys
   */
  public record Described(String name, String type, String meaning, List<String> labels) {}

  private ProcessMeters() {}

  private static Described gauge(String name, String meaning, String... labels) {
    return new Described(name, "gauge", meaning, List.of(labels));
  }

  private static Described counter(String name, String meaning) {
    return new Described(name, "counter", meaning, List.of());
  }

  /**
   * Binds them all.
   *
   * @param eventLoops how many there are
   * @param closers takes what stops them again
   */
  public static void bindTo(
      MeterRegistry meters, Vertx vertx, int eventLoops, Consumer<Runnable> closers) {
    JvmGcMetrics collections = new JvmGcMetrics();
    collections.bindTo(meters);
    closers.accept(collections::close);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ClassLoaderMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new FileDescriptorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
    Timer lag = Metric.EVENT_LOOP_LAG.timer(meters);
    for (int i = 0; i < eventLoops; i++) {
      // Each new context is on the next event loop.
      ((VertxInternal) vertx).createEventLoopContext().runOnContext(here -> beat(vertx, lag));
    }
  }

  /** How much later than due a timer runs: what every frame on this event loop waits. */
  private static void beat(Vertx vertx, Timer lag) {
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
