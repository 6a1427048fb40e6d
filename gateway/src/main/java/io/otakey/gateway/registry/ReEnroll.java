package io.otakey.gateway.registry;

import java.time.Instant;
import java.util.Optional;

/**
 * Whether a device that holds a committed key may enroll again (protocol section 6.4).
 *
 * @param until present exactly with {@link Mode#UNTIL}
 */
public record ReEnroll(Mode mode, Optional<Instant> until) {
  /** The three ways. */
  public enum Mode {
    /** Never. */
    NEVER,
    /** The request is listed; an operator approves it. */
    ON_APPROVAL,
    /** Every device may, until a given time; the product is unprotected meanwhile. */
    UNTIL
  }

  /** Never. */
  public static final ReEnroll NEVER = new ReEnroll(Mode.NEVER, Optional.empty());

  /** By an operator's approval. */
  public static final ReEnroll ON_APPROVAL = new ReEnroll(Mode.ON_APPROVAL, Optional.empty());

  /** Refuses a time without {@link Mode#UNTIL}, and that without a time. */
  public ReEnroll {
    if ((mode == Mode.UNTIL) != until.isPresent()) {
      throw new IllegalArgumentException("an end of re-enrollment goes with mode UNTIL only");
    }
  }

  /** Every device, until the time given. */
  public static ReEnroll until(Instant end) {
    return new ReEnroll(Mode.UNTIL, Optional.of(end));
  }

  /** For the audit log. */
  String inWords() {
    return switch (mode) {
      case NEVER -> "no device enrolls again";
      case ON_APPROVAL -> "enrolling again needs approval";
      case UNTIL -> "every device may enroll again until " + until.orElseThrow();
    };
  }
}
