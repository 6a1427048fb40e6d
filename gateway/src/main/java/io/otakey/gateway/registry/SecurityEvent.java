package io.otakey.gateway.registry;

import io.otakey.protocol.wire.DeviceRef;
import java.util.Optional;

/**
 * Evidence that an authentic frame gave (protocol section 6.7).
 *
 * @param kind one of {@link EventKind#SECURITY}
 * @param ref the device that the frame names; an ENROLL proves the product key, not the device
 * @param reason why an ENROLL was refused; present exactly for {@link EventKind#REFUSED}
 */
public record SecurityEvent(EventKind kind, DeviceRef ref, Optional<EnrollAnswer.Outcome> reason) {
  /** Checks the kind. */
  public SecurityEvent {
    if (!EventKind.SECURITY.contains(kind) || (kind == EventKind.REFUSED) != reason.isPresent()) {
      throw new IllegalArgumentException(kind + " with reason " + reason);
    }
  }

  /** Evidence without a reason. */
  public static SecurityEvent of(EventKind kind, DeviceRef ref) {
    return new SecurityEvent(kind, ref, Optional.empty());
  }

  /** An authentic ENROLL was refused for this reason. */
  public static SecurityEvent refused(DeviceRef ref, EnrollAnswer.Outcome reason) {
    return new SecurityEvent(EventKind.REFUSED, ref, Optional.of(reason));
  }
}
