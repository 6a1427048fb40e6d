package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.AwaitingDevice;
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

  private static final List<ReEnroll.Mode> RE_ENROLL =
      List.of(ReEnroll.Mode.NEVER, ReEnroll.Mode.ON_APPROVAL, ReEnroll.Mode.UNTIL);

  private Codes() {}

  static short of(RowStatus status) {
    return (short) STATUSES.indexOf(status);
  }

  static RowStatus status(int code) {
    return STATUSES.get(code);
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
