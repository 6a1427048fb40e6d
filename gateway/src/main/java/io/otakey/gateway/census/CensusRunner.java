package io.otakey.gateway.census;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.DutyLoop;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Counts the fleet on whichever node has the lease, and shows what it found until that node loses
 * it. A scrape looks at numbers that are there; however large the fleet, counting keeps one process
 * of the database busy for a fiftieth of the time at most. Deploy one instance; it never blocks its
 * event loop.
 */
public final class CensusRunner extends VerticleBase {
  /** Within the time that a lease lasts. */
  private static final Duration TICK = Duration.ofSeconds(1);

  /** Times as long as a count took is rested after it; one that took unusually long is forgiven. */
  private static final int REST = 49;

  private final CensusConfig config;
  private final CensusLedger ledger;
  private final Map<Metric, MultiGauge> gauges = new EnumMap<>(Metric.class);
  private final DutyLoop loop;
  private boolean shown;
  private long tookBefore;
  private long due = System.nanoTime();

  /** Begins once it is deployed. */
  public CensusRunner(CensusConfig config, CensusLedger ledger, MeterRegistry meters) {
    this.config = config;
    this.ledger = ledger;
    this.loop = new DutyLoop("census", ledger, lease -> count());
    Arrays.stream(Metric.values())
        .filter(metric -> metric.area() == Metric.Area.FLEET)
        .forEach(metric -> gauges.put(metric, metric.gauges(meters)));
    Metric.DUTY_LEADS.gauge(meters, loop, DutyLoop::leads, "census");
  }

  @Override
  public Future<?> start() {
    loop.start(vertx, TICK);
    vertx.setPeriodic(TICK.toMillis(), id -> forget());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return loop.halt().compose(done -> loop.resign());
  }

  /** What another node counts now is not to be shown twice. */
  private void forget() {
    if (shown && !loop.isLed()) {
      show(List.of());
      due = System.nanoTime();
    }
  }

  private Future<Void> count() {
    long begun = System.nanoTime();
    if (begun - due < 0) {
      return Future.succeededFuture();
    }
    return ledger
        .count()
        .map(
            counted -> {
              long took = System.nanoTime() - begun;
              long rest = REST * Math.min(took, tookBefore);
              due = begun + Math.max(config.every().toNanos(), took + rest);
              tookBefore = took;
              List<Reading> all = new ArrayList<>(counted);
              all.add(new Reading(Metric.CENSUS_DURATION, took / 1e9, List.of()));
              all.add(
                  new Reading(Metric.CENSUS_TAKEN, System.currentTimeMillis() / 1000.0, List.of()));
              show(all);
              return null;
            });
  }

  private void show(List<Reading> readings) {
    gauges.forEach(
        (metric, gauge) ->
            gauge.register(
                readings.stream()
                    .filter(reading -> reading.metric() == metric)
                    .map(r -> metric.row(r.value(), r.labels().toArray(String[]::new)))
                    .toList(),
                true));
    shown = !readings.isEmpty();
  }
}
