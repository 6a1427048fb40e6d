package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;

/** A duty that no other node wants: whoever asks for its lease has it. */
public class FreeDuty implements DutyLedger {
  @Override
  public Future<Optional<Lease>> lead(UUID node) {
    return Future.succeededFuture(Optional.of(new Lease(1)));
  }

  @Override
  public Future<Void> resign(UUID node) {
    return Future.succeededFuture();
  }
}
