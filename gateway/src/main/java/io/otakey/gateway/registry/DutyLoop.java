package io.otakey.gateway.registry;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does a duty now and then, one turn after the other, on whichever node has its lease. One event
 * loop's; never blocks it.
 */
public final class DutyLoop {
  private static final Logger LOG = LoggerFactory.getLogger(DutyLoop.class);

  /** A lease lasts 10 s, and every write looks at it: it need not be renewed at every turn. */
  private static final long RENEWED_NANOS = Duration.ofSeconds(2).toNanos();

  private static final long LASTS_NANOS = Duration.ofSeconds(10).toNanos();

  private final UUID node = UUID.randomUUID();
  private final String duty;
  private final DutyLedger ledger;
  private final Function<Lease, Future<Void>> work;
  private final LongSupplier clock;
  private Future<Void> turn = Future.succeededFuture();
  private Runnable timer = () -> {};
  private volatile Optional<Lease> lease = Optional.empty();
  private volatile long asked;
  private boolean halted;
  private boolean waiting;

  /**
   * @param duty its name, for the log
   * @param work one turn under the lease
   */
  public DutyLoop(String duty, DutyLedger ledger, Function<Lease, Future<Void>> work) {
    this(duty, ledger, work, System::nanoTime);
  }

  DutyLoop(String duty, DutyLedger ledger, Function<Lease, Future<Void>> work, LongSupplier clock) {
    this.duty = duty;
    this.ledger = ledger;
    this.work = work;
    this.clock = clock;
    askAtOnce();
  }

  /** Begins; a turn that takes longer than this is not joined by another. */
  public void start(Vertx vertx, Duration every) {
    long id = vertx.setPeriodic(every.toMillis(), tick -> unlessUnderWay());
    timer = () -> vertx.cancelTimer(id);
  }

  /** No further turn; completes, never failed, when the one under way has ended. */
  public Future<Void> halt() {
    halted = true;
    timer.run();
    return turn;
  }

  /** Whether what takes many steps is to leave the rest to another node. */
  public boolean isHalted() {
    return halted;
  }

  /**
   * 1 while this node does the duty, else 0; also 0 when a turn hangs for longer than its lease
   * lasts. From any thread.
   */
  public int leads() {
    return isLed() && clock.getAsLong() - asked < LASTS_NANOS ? 1 : 0;
  }

  /** Whether this node had the lease when it last asked. */
  public boolean isLed() {
    return lease.isPresent();
  }

  /** Gives the lease back if it can; never fails. */
  public Future<Void> resign() {
    lease = Optional.empty();
    return ledger.resign(node).otherwiseEmpty();
  }

  /** Tells of a failure, once for each time that there is something to wait for. */
  public void report(Throwable failure) {
    if (failure instanceof LeaseLostException) {
      LOG.info("{}: {}", duty, failure.getMessage());
    } else if (!waiting) {
      waiting = true;
      LOG.warn("{} wait: {}", duty, failure.getMessage());
    }
  }

  /** Again while a step did at least so much, so many times at most. */
  public static Future<Void> repeat(int rounds, int least, Supplier<Future<Integer>> step) {
    return step.get()
        .compose(
            done ->
                done < least || rounds == 1
                    ? Future.succeededFuture()
                    : repeat(rounds - 1, least, step));
  }

  private void unlessUnderWay() {
    if (turn.isComplete() && !halted) {
      turn =
          lead()
              .compose(leased -> leased.map(work).orElseGet(Future::succeededFuture))
              .onSuccess(done -> waiting = false)
              .onFailure(this::failed)
              .otherwiseEmpty();
    }
  }

  private Future<Optional<Lease>> lead() {
    long now = clock.getAsLong();
    if (now - asked < RENEWED_NANOS) {
      return Future.succeededFuture(lease);
    }
    asked = now;
    return ledger.lead(node).onSuccess(led -> lease = led);
  }

  private void failed(Throwable failure) {
    lease = Optional.empty();
    askAtOnce();
    report(failure);
  }

  private void askAtOnce() {
    asked = clock.getAsLong() - RENEWED_NANOS;
  }
}
