package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The periods of events and of the audit log. Futures fail with {@code LeaseLostException}, or with
 * {@code RegistryUnavailableException}, also if somebody's long transaction is in the way: nobody
 * who writes waits for this longer than a fifth of a second.
 */
public interface RetentionLedger extends DutyLedger {
  /**
   * A period that is older than what is kept.
   *
   * @param overdue not even held for who has not read it
   * @param audit until when it is of the audit log; empty: it is of events
   */
  record Old(String name, boolean overdue, Optional<Instant> audit) {}

  /** Makes periods ahead; how many. */
  Future<Integer> makeAhead(Lease lease);

  /** Periods that are too old, oldest first. */
  Future<List<Old>> old(RetentionConfig config);

  /**
   * Drops a period, unless it is not overdue and somebody has not read it yet. One of the audit log
   * waits for the chain: all its entries are to be linked, and the chain to know that they may go.
   *
   * @return who has not
   */
  Future<Optional<String>> drop(Lease lease, Old period);
}
