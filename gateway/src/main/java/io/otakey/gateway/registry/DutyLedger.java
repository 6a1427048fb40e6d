package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;

/** What one node at a time reads and writes, under a lease. */
public interface DutyLedger {
  /** Takes or keeps the lease; empty while another node has it. */
  Future<Optional<Lease>> lead(UUID node);

  /** Gives the lease back, so that another node need not wait for its end. */
  Future<Void> resign(UUID node);
}
