package io.otakey.protocol.device;

import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import java.util.Optional;

/** What an operator does to a row (protocol section 6.2). Each says whether it was possible. */
final class Operator {
  private final SimGateway gateway;
  private final DeviceRef ref;
  private final boolean resetRaises;

  Operator(SimGateway gateway, DeviceRef ref, Seeded seeded) {
    this.gateway = gateway;
    this.ref = ref;
    this.resetRaises = seeded != Seeded.RESET_KEEPS_ATTEMPT;
  }

  boolean block(boolean barred) {
    gateway.barred.put(ref, barred && gateway.row(ref).status() != RowStatus.NONE);
    return true;
  }

  boolean reset() {
    DeviceRow row = gateway.row(ref);
    return row.status() == RowStatus.ACTIVE
        && put(RowStatus.EXPECTED, row.token(), row.attempt() + (resetRaises ? 1 : 0), false);
  }

  boolean withdrawReset() {
    DeviceRow row = gateway.row(ref);
    return row.status() == RowStatus.EXPECTED
        && row.token().isPresent()
        && put(RowStatus.ACTIVE, row.token(), row.attempt() + 1, false);
  }

  boolean newOwner() {
    DeviceRow row = gateway.row(ref);
    if (row.status() == RowStatus.NONE) {
      return false;
    }
    gateway.barred.put(ref, false);
    return put(RowStatus.EXPECTED, Optional.empty(), row.attempt() + 1, false);
  }

  boolean approve(boolean approved) {
    DeviceRow row = gateway.row(ref);
    return row.status() == RowStatus.ACTIVE
        && row.reEnrollApproved() != approved
        && put(RowStatus.ACTIVE, row.token(), row.attempt(), approved);
  }

  private boolean put(RowStatus status, Optional<Token> token, int attempt, boolean approved) {
    DeviceRow row = gateway.row(ref);
    gateway.rows.put(ref, new DeviceRow(status, row.epoch(), token, attempt, 0, 0, approved));
    return true;
  }
}
