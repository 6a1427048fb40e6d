package io.otakey.gateway.audit;

import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.DutyLoop;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chains entries of the audit log on whichever node has the lease; and on every node, looks whether
 * the chain still leads to what this node saw of it. Deploy one instance; it never blocks its event
 * loop.
 */
public final class ChainRunner extends VerticleBase {
  /** How long an entry waits for its link. */
  public static final Duration EVERY = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(ChainRunner.class);
  private static final int BATCH = 1000;
  private static final int ROUNDS = 20;

  private final ChainLedger ledger;
  private final Duration every;
  private final DutyLoop loop;
  private final ChainMemory memory;
  private boolean looking;
  private boolean counting;
  private volatile double waiting = Double.NaN;

  /** Begins once it is deployed. */
  public ChainRunner(Chain chain, ChainLedger ledger, Duration every, MeterRegistry meters) {
    this.ledger = ledger;
    this.every = every;
    this.memory = new ChainMemory(chain);
    this.loop = new DutyLoop("audit", ledger, this::lead);
    Metric.DUTY_LEADS.gauge(meters, loop, DutyLoop::leads, "audit");
    Metric.AUDIT_CHAINED.gauge(meters, memory, ChainMemory::chained);
    Metric.AUDIT_WAITING.gauge(meters, this, runner -> runner.waiting);
    Metric.AUDIT_BROKEN.gauge(meters, memory, seen -> seen.isBroken() ? 1 : 0);
  }

  @Override
  public Future<?> start() {
    loop.start(vertx, every);
    vertx.setPeriodic(
        every.toMillis(),
        id -> {
          look();
          count();
        });
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return loop.halt().compose(done -> loop.resign());
  }

  private Future<Void> lead(Lease lease) {
    return DutyLoop.repeat(ROUNDS, BATCH, () -> ledger.extend(lease, BATCH))
        .compose(chained -> ledger.prune(lease, BATCH))
        .mapEmpty();
  }

  private void look() {
    if (!looking) {
      looking = true;
      ledger
          .look(memory.position())
          .onSuccess(look -> memory.take(look).ifPresent(ChainRunner::tell))
          .onFailure(failure -> LOG.debug("not looked: {}", failure.getMessage()))
          .onComplete(done -> looking = false);
    }
  }

  /** Beside the look: a lock on the chain holds that up for minutes, and nothing is linked then. */
  private void count() {
    if (!counting) {
      counting = true;
      ledger
          .waiting()
          .onSuccess(entries -> waiting = entries)
          .onFailure(failure -> LOG.debug("not counted: {}", failure.getMessage()))
          .onComplete(done -> counting = false);
    }
  }

  private static void tell(String why) {
    LOG.error(
        "the audit log's chain {}: run 'otakey admin audit verify', and see the runbook,"
            + " AuditLogBroken",
        why);
  }
}
