package io.otakey.gateway.platform;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.MeterNames;
import io.otakey.gateway.registry.DutyLoop;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Makes platforms follow the registry, on whichever node has the lease: what is owed is paid, each
 * platform at its own pace, and compared with the registry now and then. Everything that lasts is
 * in the ledger. Deploy one instance; it never blocks its event loop.
 */
public final class PlatformRunner extends VerticleBase {
  private static final int EVENTS = 5000;
  private static final int ROUNDS = 20;

  /** Ticks. */
  private static final int COUNTED_EVERY = 20;

  private final PlatformConfig config;
  private final PlatformLedger ledger;
  private final PlatformRegistry platforms;
  private final Payer payer;
  private final Reconciler reconciler;
  private final MeterRegistry meters;
  private final Map<String, Future<Void>> paying = new HashMap<>();
  private final Map<String, Future<Void>> reconciling = new HashMap<>();
  private final DutyLoop loop;
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
    this.loop = new DutyLoop("platforms", ledger, this::lead);
  }

  @Override
  public Future<?> start() {
    loop.start(vertx, config.tick());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return loop.halt()
        .compose(done -> Future.join(List.copyOf(paying.values())).otherwiseEmpty())
        .compose(done -> Future.join(List.copyOf(reconciling.values())).otherwiseEmpty())
        .compose(done -> loop.resign());
  }

  private Future<Void> lead(Lease lease) {
    return DutyLoop.repeat(ROUNDS, EVENTS, () -> ledger.settle(lease, EVENTS))
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

  private void unlessUnderWay(
      Map<String, Future<Void>> underWay, String platformId, Supplier<Future<Void>> work) {
    Future<Void> last = underWay.getOrDefault(platformId, Future.succeededFuture());
    if (last.isComplete() && !loop.isHalted()) {
      underWay.put(platformId, work.get().onFailure(loop::report).otherwiseEmpty());
    }
  }
}
