package io.otakey.gateway.platform;

import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.DutyLoop;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Makes platforms follow the registry, on whichever node has the lease: what is owed is paid, each
 * platform at its own pace, and compared with the registry now and then. Everything that lasts is
 * in the ledger. Deploy one instance; it never blocks its event loop.
 */
public final class PlatformRunner extends VerticleBase {
  private static final int EVENTS = 5000;
  private static final int ROUNDS = 20;

  private final PlatformConfig config;
  private final PlatformLedger ledger;
  private final PlatformRegistry platforms;
  private final Payer payer;
  private final Reconciler reconciler;
  private final Map<String, Future<Void>> paying = new HashMap<>();
  private final Map<String, Future<Void>> reconciling = new HashMap<>();
  private final DutyLoop loop;

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
    this.loop = new DutyLoop("platforms", ledger, this::lead);
    Metric.DUTY_LEADS.gauge(meters, loop, DutyLoop::leads, "platforms");
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
              return Future.succeededFuture();
            });
  }

  private void unlessUnderWay(
      Map<String, Future<Void>> underWay, String platformId, Supplier<Future<Void>> work) {
    Future<Void> last = underWay.getOrDefault(platformId, Future.succeededFuture());
    if (last.isComplete() && !loop.isHalted()) {
      underWay.put(platformId, work.get().onFailure(loop::report).otherwiseEmpty());
    }
  }
}
