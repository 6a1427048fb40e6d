package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.DutyLedger;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;

/** What one node at a time reads and writes, in PostgreSQL. */
abstract class PgDutyLedger implements DutyLedger {
  final Admin admin;
  final Duty duty;

  /**
   * @param name of the duty
   * @param idle as {@link Duty} takes it
   */
  PgDutyLedger(Admin admin, String name, String idle) {
    this.admin = admin;
    this.duty = new Duty(admin, name, idle);
  }

  @Override
  public final Future<Optional<Lease>> lead(UUID node) {
    return duty.lead(node);
  }

  @Override
  public final Future<Void> resign(UUID node) {
    return duty.resign(node);
  }
}
