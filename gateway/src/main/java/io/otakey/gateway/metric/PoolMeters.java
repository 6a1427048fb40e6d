package io.otakey.gateway.metric;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.VertxOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.core.spi.metrics.PoolMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How full the pools are that Vert.x keeps: connections to the database, threads for what blocks.
 * Nothing else of Vert.x is measured, so nothing else costs.
 */
public final class PoolMeters implements VertxMetricsFactory {
  /** Name of the pool of connections that the hot path has. */
  public static final String HOT = "otakey-hot";

  /** Name of the pool of connections that everything else has. */
  public static final String ADMIN = "otakey-admin";

  private static final Map<String, Resource> POOLS =
      Map.of(
          HOT,
          Resource.DATABASE_HOT,
          ADMIN,
          Resource.DATABASE_ADMIN,
          "vert.x-worker-thread",
          Resource.WORKERS);

  private final MeterRegistry meters;

  /** For the builder of a Vert.x. */
  public PoolMeters(MeterRegistry meters) {
    this.meters = meters;
  }

  @Override
  public VertxMetrics metrics(VertxOptions options) {
    return new VertxMetrics() {
      @Override
      public @Nullable PoolMetrics<?, ?> createPoolMetrics(String type, String name, int most) {
        Resource resource = POOLS.get(name);
        return resource == null ? null : new Pool(meters, resource, most);
      }
    };
  }

  private static final class Pool implements PoolMetrics<Boolean, Boolean> {
    private final AtomicInteger used = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();

    Pool(MeterRegistry meters, Resource resource, int most) {
      resource.show(meters, used, AtomicInteger::get, most);
      Metric.RESOURCE_WAITING.gauge(meters, waiting, AtomicInteger::get, resource.label());
    }

    @Override
    public Boolean enqueue() {
      waiting.incrementAndGet();
      return true;
    }

    @Override
    public void dequeue(Boolean queued) {
      waiting.decrementAndGet();
    }

    @Override
    public Boolean begin() {
      used.incrementAndGet();
      return true;
    }

    @Override
    public void end(Boolean begun) {
      used.decrementAndGet();
    }
  }
}
