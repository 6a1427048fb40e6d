package io.otakey.gateway.registry;

import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Token;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;

/** What an operator may do to one device's row: the transitions of protocol section 6.2. */
public enum OperatorAction {
  /**
   * Active to expected: the device may enroll again. A row whose attempt is at its limit goes on at
   * the next epoch with attempt 0, without token, since no key of that epoch was ever granted.
   */
  RESET("device.reset"),
  /** Expected back to active: takes a reset back, its key is served again. */
  WITHDRAW_RESET("device.withdrawReset"),
  /** Expected or active to blocked. */
  BLOCK("device.block"),
  /** Blocked to what it was before. */
  UNBLOCK("device.unblock"),
  /** Any to revoked, for good. */
  REVOKE("device.revoke"),
  /** Any to removed; only identity, epoch and attempt are left for a new owner. */
  REMOVE("device.remove"),
  /** Removed to expected, for a new owner. */
  REOPEN("device.reopen"),
  /** Allows an active device one re-enrollment. */
  APPROVE("device.approve");

  /**
   * A row with what operators left in it.
   *
   * @param returnsTo what a blocked one was; present exactly if the row is blocked
   * @param wanted what is asked of the device, and of no later owner's
   */
  public record State(DeviceRow row, Optional<RowStatus> returnsTo, Wanted wanted) {}

  private final String auditName;

  OperatorAction(String auditName) {
    this.auditName = auditName;
  }

  /** The action's name in the audit log. */
  public String auditName() {
    return auditName;
  }

  /** Why the row's state does not allow this action, with the remedy; empty if it does. */
  public Optional<String> refusal(State state) {
    DeviceRow row = state.row();
    if (!from().contains(row.status())) {
      return Optional.of("the device is " + lower(row.status()) + "; this needs " + wanted());
    }
    boolean atLimit = row.attempt() == GrantToken.MAX_ATTEMPT;
    if (this == WITHDRAW_RESET && row.token().isEmpty()) {
      return Optional.of("there is no key to go back to: let the device enroll");
    }
    if (this == WITHDRAW_RESET && atLimit) {
      return Optional.of("the row's attempt is at its limit: let the device enroll");
    }
    if ((this == RESET || this == REOPEN) && atLimit && row.epoch() >= KeyRef.MAX_EPOCH) {
      return Optional.of("the row's epochs are spent: give the device a new id");
    }
    return Optional.empty();
  }

  /** The row afterwards; only where {@link #refusal} is empty. */
  public State apply(State state) {
    DeviceRow row = state.row();
    Optional<RowStatus> returnsTo =
        this == BLOCK ? Optional.of(row.status()) : Optional.<RowStatus>empty();
    Wanted wanted = this == REMOVE || this == REOPEN ? Wanted.NOTHING : state.wanted();
    return new State(after(row, state.returnsTo()), returnsTo, wanted);
  }

  private DeviceRow after(DeviceRow row, Optional<RowStatus> returnsTo) {
    return switch (this) {
      case RESET -> reopened(row);
      case REOPEN -> onNoPlatform(reopened(row));
      case WITHDRAW_RESET -> with(row, RowStatus.ACTIVE, row.token(), row.attempt() + 1);
      case BLOCK -> with(row, RowStatus.BLOCKED, row.token(), row.attempt());
      case UNBLOCK -> with(row, returnsTo.orElseThrow(), row.token(), row.attempt());
      case REVOKE -> with(row, RowStatus.REVOKED, row.token(), row.attempt());
      case REMOVE -> onNoPlatform(with(row, RowStatus.REMOVED, Optional.empty(), row.attempt()));
      case APPROVE ->
          new DeviceRow(
              row.status(),
              row.epoch(),
              row.token(),
              row.attempt(),
              row.connectionId(),
              row.recoveredIn(),
              true);
    };
  }

  private static DeviceRow reopened(DeviceRow row) {
    if (row.attempt() < GrantToken.MAX_ATTEMPT) {
      return with(row, RowStatus.EXPECTED, row.token(), row.attempt() + 1);
    }
    return new DeviceRow(
        RowStatus.EXPECTED,
        row.epoch() + 1,
        Optional.empty(),
        0,
        row.connectionId(),
        row.recoveredIn(),
        false);
  }

  /** An approval that waits does not outlive any other action. */
  private static DeviceRow with(
      DeviceRow row, RowStatus status, Optional<Token> token, int attempt) {
    return new DeviceRow(
        status, row.epoch(), token, attempt, row.connectionId(), row.recoveredIn(), false);
  }

  private static DeviceRow onNoPlatform(DeviceRow row) {
    return new DeviceRow(
        row.status(),
        row.epoch(),
        row.token(),
        row.attempt(),
        0,
        row.recoveredIn(),
        row.reEnrollApproved());
  }

  private EnumSet<RowStatus> from() {
    return switch (this) {
      case RESET, APPROVE -> EnumSet.of(RowStatus.ACTIVE);
      case WITHDRAW_RESET -> EnumSet.of(RowStatus.EXPECTED);
      case BLOCK -> EnumSet.of(RowStatus.EXPECTED, RowStatus.ACTIVE);
      case UNBLOCK -> EnumSet.of(RowStatus.BLOCKED);
      case REVOKE -> EnumSet.complementOf(EnumSet.of(RowStatus.NONE, RowStatus.REVOKED));
      case REMOVE -> EnumSet.complementOf(EnumSet.of(RowStatus.NONE, RowStatus.REMOVED));
      case REOPEN -> EnumSet.of(RowStatus.REMOVED);
    };
  }

  private String wanted() {
    return String.join(" or ", from().stream().map(OperatorAction::lower).toList());
  }

  private static String lower(RowStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }
}
