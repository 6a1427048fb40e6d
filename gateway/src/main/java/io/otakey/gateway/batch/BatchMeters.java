package io.otakey.gateway.batch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.metric.Metric;
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
  private final Counter full;

  BatchMeters(MeterRegistry registry, String name) {
    size = Metric.BATCH_SIZE.sizes(registry, name);
    wait = Metric.BATCH_WAIT.timer(registry, name);
    execute = Metric.BATCH_EXECUTE.timer(registry, name);
    Arrays.stream(BatchWork.Refused.values())
        .forEach(
            why -> refused.put(why, Metric.BATCH_REFUSED.counter(registry, name, why.label())));
    failed = Metric.BATCH_REFUSED.counter(registry, name, "failed");
    full = Metric.RESOURCE_REFUSED.counter(registry, Batcher.resource(name));
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
    if (why == BatchWork.Refused.QUEUE_FULL) {
      full.increment();
    }
  }

  void failed() {
    failed.increment();
  }
}
