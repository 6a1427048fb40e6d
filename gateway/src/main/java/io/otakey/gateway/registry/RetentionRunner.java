package io.otakey.gateway.registry;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes periods of events and of the audit log ahead and drops old ones, on whichever node has the
 * lease. Deploy one instance; it never blocks its event loop.
 */
public final class RetentionRunner extends VerticleBase {
  /** Often enough for periods of days, and seldom enough where a long transaction is in the way. */
  public static final Duration EVERY = Duration.ofMinutes(10);

  private static final Logger LOG = LoggerFactory.getLogger(RetentionRunner.class);

  private final RetentionConfig config;
  private final RetentionLedger ledger;
  private final Duration every;
  private final DutyLoop loop;

  /** Begins once it is deployed. */
  public RetentionRunner(RetentionConfig config, RetentionLedger ledger, Duration every) {
    this.config = config;
    this.ledger = ledger;
    this.every = every;
    this.loop = new DutyLoop("retention", ledger, this::lead);
  }

  @Override
  public Future<?> start() {
    loop.start(vertx, every);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return loop.halt().compose(done -> loop.resign());
  }

  private Future<Void> lead(Lease lease) {
    return ledger
        .makeAhead(lease)
        .compose(made -> ledger.old(config))
        .compose(
            old -> {
              Future<Void> all = Future.succeededFuture();
              for (RetentionLedger.Old period : old) {
                all = all.compose(before -> drop(lease, period));
              }
              return all;
            });
  }

  private Future<Void> drop(Lease lease, RetentionLedger.Old period) {
    return ledger
        .drop(lease, period)
        .map(
            behind -> {
              tell(period, behind);
              return null;
            });
  }

  private static void tell(RetentionLedger.Old period, Optional<String> behind) {
    if (behind.isEmpty()) {
      LOG.info("period {} is dropped, being older than what is kept", period.name());
    } else if (period.overdue()) {
      LOG.error("period {} is dropped, though not read by {}", period.name(), behind.get());
    } else {
      LOG.warn("period {} is held for {}", period.name(), behind.get());
    }
  }
}
