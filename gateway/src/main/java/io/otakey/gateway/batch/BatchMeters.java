package io.otakey.gateway.batch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.metric.MeterNames;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The meters of one batcher. */
final class BatchMeters {
  private final DistributionSummary size;
  private final Timer wait;
  private final Timer execute;
  private final Map<BatchWork.Refused, Counter> refused = new EnumMap<>(BatchWork.Refused.class);
  private final Counter failed;

  BatchMeters(MeterRegistry registry, String name) {
    size =
        DistributionSummary.builder(MeterNames.BATCH_SIZE)
            .tag(MeterNames.BATCH, name)
            .serviceLevelObjectives(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
            .register(registry);
    wait = timer(registry, MeterNames.BATCH_WAIT, name);
    execute = timer(registry, MeterNames.BATCH_EXECUTE, name);
    Arrays.stream(BatchWork.Refused.values())
        .forEach(why -> refused.put(why, counter(registry, name, why.label())));
    failed = counter(registry, name, "failed");
  }

  void started(int inputs, long oldestNanos) {
    size.record(inputs);
    wait.record(oldestNanos, TimeUnit.NANOSECONDS);
  }

  void finished(long nanos) {
    execute.record(nanos, TimeUnit.NANOSECONDS);
  }

  void refused(BatchWork.Refused why) {
    Counter counter = refused.get(why);
    if (counter != null) {
      counter.increment();
    }
  }

  void failed() {
    failed.increment();
  }

  private static Timer timer(MeterRegistry registry, String meter, String name) {
    return Timer.builder(meter)
        .tag(MeterNames.BATCH, name)
        .serviceLevelObjectives(MeterNames.latencyBuckets())
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String reason) {
    return Counter.builder(MeterNames.BATCH_REFUSED)
        .tag(MeterNames.BATCH, name)
        .tag(MeterNames.REASON, reason)
        .register(registry);
  }
}
