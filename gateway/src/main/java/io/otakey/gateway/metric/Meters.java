package io.otakey.gateway.metric;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** Where a node's meters are kept. */
public final class Meters {
  private Meters() {}

  /** An empty registry, whose labels cannot grow without end. */
  public static PrometheusMeterRegistry registry() {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    meters.config().meterFilter(new BoundedLabels());
    return meters;
  }
}
