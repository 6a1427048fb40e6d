package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.EnrollAnswer;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.gateway.registry.Role;
import io.otakey.protocol.key.RowStatus;
import java.util.List;

/** Numbers that stand for enum constants in the database; they never change. */
final class Codes {
  static final int NONE = 0;
  static final int EXPECTED = 1;
  static final int ACTIVE = 2;
  static final int FIRST_BARRED = 3;

  private static final List<RowStatus> STATUSES =
      List.of(
          RowStatus.NONE,
          RowStatus.EXPECTED,
          RowStatus.ACTIVE,
          RowStatus.BLOCKED,
          RowStatus.REVOKED,
          RowStatus.REMOVED);

  /** Codes 1 and up. */
  private static final List<EventKind> EVENT_KINDS =
      List.of(
          EventKind.ENROLLED,
          EventKind.ROTATED,
          EventKind.RECOVERED,
          EventKind.ABANDONED,
          EventKind.DUPLICATE_DEVICE,
          EventKind.STALE_KEY,
          EventKind.REFUSED,
          EventKind.LEFT_OUT,
          EventKind.MOVED,
          EventKind.RESET,
          EventKind.RESET_WITHDRAWN,
          EventKind.BLOCKED,
          EventKind.UNBLOCKED,
          EventKind.REVOKED,
          EventKind.REMOVED,
          EventKind.REOPENED,
          EventKind.APPROVED,
          EventKind.WEBHOOK_PAUSED);

  /** Why an ENROLL was refused; codes 1 and up. */
  private static final List<EnrollAnswer.Outcome> REFUSALS =
      List.of(
          EnrollAnswer.Outcome.BARRED,
          EnrollAnswer.Outcome.KEY_VERSION,
          EnrollAnswer.Outcome.WINDOW,
          EnrollAnswer.Outcome.ALLOW_LIST,
          EnrollAnswer.Outcome.QUOTA,
          EnrollAnswer.Outcome.EPOCHS_SPENT);

  private static final List<ReEnroll.Mode> RE_ENROLL =
      List.of(ReEnroll.Mode.NEVER, ReEnroll.Mode.ON_APPROVAL, ReEnroll.Mode.UNTIL);

  private Codes() {}

  static short of(RowStatus status) {
    return (short) STATUSES.indexOf(status);
  }

  static RowStatus status(int code) {
    return STATUSES.get(code);
  }

  static short of(EventKind kind) {
    return (short) (EVENT_KINDS.indexOf(kind) + 1);
  }

  static EventKind eventKind(int code) {
    return EVENT_KINDS.get(code - 1);
  }

  static short ofRefusal(EnrollAnswer.Outcome reason) {
    int index = REFUSALS.indexOf(reason);
    if (index < 0) {
      throw new IllegalArgumentException(reason + " is no refusal");
    }
    return (short) (index + 1);
  }

  static EnrollAnswer.Outcome refusal(int code) {
    return REFUSALS.get(code - 1);
  }

  static short of(ReEnroll.Mode mode) {
    return (short) RE_ENROLL.indexOf(mode);
  }

  static ReEnroll.Mode reEnroll(int code) {
    return RE_ENROLL.get(code);
  }

  static short of(AwaitingDevice.Reason reason) {
    return switch (reason) {
      case RE_ENROLLMENT -> 1;
      case ABANDON -> 2;
    };
  }

  static short of(Role role) {
    return switch (role) {
      case VIEWER -> 1;
      case OPERATOR -> 2;
      case ADMIN -> 3;
    };
  }

  static Role role(int code) {
    return switch (code) {
      case 1 -> Role.VIEWER;
      case 2 -> Role.OPERATOR;
      case 3 -> Role.ADMIN;
      default -> throw new IllegalStateException("role " + code + " in the database");
    };
  }
}
