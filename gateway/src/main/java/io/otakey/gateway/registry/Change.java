package io.otakey.gateway.registry;

import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import java.util.Map;
import java.util.Optional;

/** A change that the fleet does not remember, or not all of it: what a journal keeps. */
public sealed interface Change {
  /** Why a device's row changed. The codes stand in journals and never change. */
  enum Cause {
    /** A key was committed. */
    COMMITTED(1),
    /** The attempt was raised, so that a grant is dead. */
    RAISED(2),
    /** The device was registered before it ever enrolled. */
    REGISTERED(3),
    /** {@link OperatorAction#RESET}. */
    RESET(4),
    /** {@link OperatorAction#WITHDRAW_RESET}. */
    RESET_WITHDRAWN(5),
    /** {@link OperatorAction#BLOCK}. */
    BLOCKED(6),
    /** {@link OperatorAction#UNBLOCK}. */
    UNBLOCKED(7),
    /** {@link OperatorAction#REVOKE}, an operator's or a campaign's. */
    REVOKED(8),
    /** {@link OperatorAction#REMOVE}. */
    REMOVED(9),
    /** {@link OperatorAction#REOPEN}. */
    REOPENED(10),
    /** {@link OperatorAction#APPROVE}. */
    APPROVED(11);

    private final int code;

    Cause(int code) {
      this.code = code;
    }

    /** The number that stands for it. */
    public int code() {
      return code;
    }

    /** What an operator's action is called here. */
    public static Cause of(OperatorAction action) {
      return switch (action) {
        case RESET -> RESET;
        case WITHDRAW_RESET -> RESET_WITHDRAWN;
        case BLOCK -> BLOCKED;
        case UNBLOCK -> UNBLOCKED;
        case REVOKE -> REVOKED;
        case REMOVE -> REMOVED;
        case REOPEN -> REOPENED;
        case APPROVE -> APPROVED;
      };
    }

    /** Whether people did it. */
    public boolean byOperator() {
      return switch (this) {
        case COMMITTED, RAISED, REGISTERED -> false;
        case RESET, RESET_WITHDRAWN, BLOCKED, UNBLOCKED, REVOKED, REMOVED, REOPENED, APPROVED ->
            true;
      };
    }
  }

  /**
   * A device's row as it is after the change.
   *
   * @param returnsTo present exactly if the row is blocked
   */
  record Device(Cause cause, DeviceRef ref, DeviceRow row, Optional<RowStatus> returnsTo)
      implements Change {}

  /**
   * All labels that a device has afterwards.
   *
   * @param at by the database's clock, in milliseconds since 1970; of one device it only rises
   */
  record Labels(DeviceRef ref, Map<String, String> labels, long at) implements Change {
    /** Copies the map. */
    public Labels {
      labels = Map.copyOf(labels);
    }
  }

  /** A product began or ended its recovery. */
  record Generation(String productId, int generation, boolean inRecovery) implements Change {}

  /** A connection was made; ids are never used again. */
  record NewConnection(int id, Connection connection) implements Change {}
}
