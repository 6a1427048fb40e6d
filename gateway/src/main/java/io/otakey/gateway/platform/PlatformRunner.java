package io.otakey.gateway.platform;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.MeterNames;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.LeaseLostException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes platforms follow the registry, on whichever node has the lease: what is owed is paid, each
 * platform at its own pace, and compared with the registry now and then. Everything that lasts is
 * in the ledger. Deploy one instance; it never blocks its event loop.
 */
public final class PlatformRunner extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(PlatformRunner.class);
  private static final int EVENTS = 5000;
  private static final int ROUNDS = 20;

  /** Ticks. */
  private static final int COUNTED_EVERY = 20;

  private final UUID node = UUID.randomUUID();
  private final PlatformConfig config;
  private final PlatformLedger ledger;
  private final PlatformRegistry platforms;
  private final Payer payer;
  private final Reconciler reconciler;
  private final MeterRegistry meters;
  private final Map<String, Future<Void>> paying = new HashMap<>();
  private final Map<String, Future<Void>> reconciling = new HashMap<>();
  private Future<Void> tick = Future.succeededFuture();
  private long timer;
  private boolean stopping;
  private boolean waiting;
  private volatile Map<String, Long> owing = Map.of();
  private final Set<String> shown = new HashSet<>();
  private int ticks;

  /** Begins once it is deployed. */
  public PlatformRunner(
      PlatformConfig config,
      PlatformLedger ledger,
      PlatformRegistry platforms,
      PlatformService service,
      MeterRegistry meters) {
    this.config = config;
    this.ledger = ledger;
    this.platforms = platforms;
    this.payer = new Payer(ledger, service);
    this.reconciler = new Reconciler(ledger, service);
    this.meters = meters;
  }

  @Override
  public Future<?> start() {
    timer = vertx.setPeriodic(config.tick().toMillis(), id -> unlessUnderWay());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stopping = true;
    vertx.cancelTimer(timer);
    return tick.transform(done -> Future.join(paying.values().stream().toList()))
        .transform(done -> Future.join(reconciling.values().stream().toList()))
        .transform(done -> ledger.resign(node))
        .otherwiseEmpty();
  }

  private void unlessUnderWay() {
    if (tick.isComplete() && !stopping) {
      tick = tick().onSuccess(done -> waiting = false).otherwise(this::report);
    }
  }

  /** Once for each time that there is something to wait for. */
  private Void report(Throwable failure) {
    if (failure instanceof LeaseLostException) {
      LOG.info("platforms: {}", failure.getMessage());
    } else if (!waiting) {
      waiting = true;
      LOG.warn("platforms wait: {}", failure.getMessage());
    }
    return null;
  }

  private Future<Void> tick() {
    return ledger
        .lead(node)
        .compose(lease -> lease.isPresent() ? lead(lease.get()) : Future.succeededFuture());
  }

  private Future<Void> lead(Lease lease) {
    return settle(lease, ROUNDS)
        .compose(settled -> ledger.toReconcile(config.reconcileEvery()))
        .compose(
            due -> {
              for (Reconciliation asked : due) {
                String id = asked.platformId();
                unlessUnderWay(reconciling, id, () -> reconciler.run(lease, asked));
              }
              for (Platform platform : platforms.platforms()) {
                unlessUnderWay(paying, platform.id(), () -> payer.pay(platform.id()));
              }
              return ticks++ % COUNTED_EVERY == 0 ? count() : Future.succeededFuture();
            });
  }

  private Future<Void> count() {
    return ledger
        .owing()
        .map(
            now -> {
              owing = now;
              now.keySet().stream().filter(shown::add).forEach(this::show);
              return null;
            });
  }

  private void show(String platformId) {
    Gauge.builder(MeterNames.PLATFORM_DEBT, this, r -> r.owing.getOrDefault(platformId, 0L))
        .tag("platform", platformId)
        .register(meters);
  }

  private Future<Void> settle(Lease lease, int rounds) {
    return ledger
        .settle(lease, EVENTS)
        .compose(
            read ->
                read < EVENTS || rounds == 1
                    ? Future.succeededFuture()
                    : settle(lease, rounds - 1));
  }

  private void unlessUnderWay(
      Map<String, Future<Void>> underWay, String platformId, Supplier<Future<Void>> work) {
    Future<Void> last = underWay.getOrDefault(platformId, Future.succeededFuture());
    if (last.isComplete() && !stopping) {
      underWay.put(platformId, work.get().otherwise(this::report));
    }
  }
}
