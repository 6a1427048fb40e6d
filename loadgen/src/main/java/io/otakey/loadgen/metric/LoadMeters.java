package io.otakey.loadgen.metric;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.otakey.loadgen.link.Platform;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.live.LiveStatus;
import io.otakey.loadgen.load.LoadRun;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Latency;
import io.otakey.loadgen.stats.LiveCount;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.HdrHistogram.HistogramIterationValue;
import org.jspecify.annotations.Nullable;

/** How a run is, in Prometheus' text format; for any thread. */
public final class LoadMeters implements LoadRun.Watcher, AutoCloseable {
  private static final long[] BUCKETS_MILLIS = {
    1, 2, 5, 10, 20, 50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000
  };

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final AtomicLong planned = devices("planned");
  private final AtomicLong started = devices("started");
  private final AtomicLong done = devices("done");
  private final MultiGauge places =
      MultiGauge.builder(LoadMeter.DEVICES_AT.text())
          .description(LoadMeter.DEVICES_AT.about())
          .register(registry);
  private final Map<Counter, Long> counted = new HashMap<>();
  private final Map<String, Long> there = new TreeMap<>(); // by every platform so far
  private String act = "enroll";
  private @Nullable LiveRun living;

  /** Of a process that has no others. */
  public LoadMeters() {
    collections.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  @Override
  public synchronized void begins(String what, int devices) {
    act = what;
    planned.set(devices);
    started.set(0);
    done.set(0);
    counted.clear();
  }

  @Override
  public synchronized void sees(Glimpse glimpse) {
    started.set(glimpse.started());
    done.set(glimpse.done());
    rise(counter(LoadMeter.EVENTS, "event", eventOf(act)), glimpse.done());
    rise(counter(LoadMeter.FRAMES), glimpse.frames());
    rise(counter(LoadMeter.STARTS_LATE, "why", "generator"), glimpse.late());
    rise(counter(LoadMeter.STARTS_LATE, "why", "held"), glimpse.held());
    glimpse
        .failures()
        .forEach(
            (reason, times) -> rise(counter(LoadMeter.FAILURES, "reason", label(reason)), times));
    record(act, glimpse.recent());
  }

  /** Shows a living fleet from now on. */
  public synchronized void follow(LiveRun run, int devices) {
    living = run;
    planned.set(devices);
    for (LiveCount what : LiveCount.values()) {
      FunctionCounter.builder(LoadMeter.EVENTS.text(), run, it -> it.count(what))
          .description(LoadMeter.EVENTS.about())
          .tag("event", what.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }

  /** Everything, as it is now. */
  public synchronized String scrape() throws InterruptedException {
    if (living != null) {
      look(living);
    }
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }

  private void look(LiveRun run) throws InterruptedException {
    LiveStatus status = run.status();
    there.replaceAll((platform, count) -> 0L);
    status
        .places()
        .forEach(
            (place, count) ->
                there.merge(place.platform().map(Platform::id).orElse("none"), count, Long::sum));
    started.set(there.values().stream().mapToLong(Long::longValue).sum());
    done.set(status.settled());
    places.register(
        there.entrySet().stream()
            .map(place -> MultiGauge.Row.of(Tags.of("platform", place.getKey()), place.getValue()))
            .toList(),
        true);
    record("frame", run.recentAnswers());
  }

  private AtomicLong devices(String state) {
    AtomicLong value = new AtomicLong();
    Gauge.builder(LoadMeter.DEVICES.text(), value, AtomicLong::get)
        .description(LoadMeter.DEVICES.about())
        .tag("state", state)
        .register(registry);
    return value;
  }

  private Counter counter(LoadMeter meter, String... tags) {
    return Counter.builder(meter.text()).description(meter.about()).tags(tags).register(registry);
  }

  /** A phase counts from nothing, a counter goes on. */
  private void rise(Counter counter, long now) {
    Long before = counted.put(counter, now);
    counter.increment((double) (now - (before == null ? 0 : before)));
  }

  private void record(String of, Latency latency) {
    Timer timer =
        Timer.builder(LoadMeter.LATENCY.text())
            .description(LoadMeter.LATENCY.about())
            .tag("of", of)
            .serviceLevelObjectives(
                LongStream.of(BUCKETS_MILLIS).mapToObj(Duration::ofMillis).toArray(Duration[]::new))
            .register(registry);
    for (HistogramIterationValue value : latency.histogram().recordedValues()) {
      for (long i = 0; i < value.getCountAddedInThisIterationStep(); i++) {
        timer.record(value.getValueIteratedTo(), TimeUnit.MICROSECONDS);
      }
    }
  }

  private static String eventOf(String act) {
    return switch (act) {
      case "enroll" -> "enrolled";
      case "rotate" -> "rotations";
      default -> "polls";
    };
  }

  private static String label(String reason) {
    return reason.toLowerCase(Locale.ROOT).replace(' ', '_');
  }
}
