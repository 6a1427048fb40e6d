package io.otakey.gateway.registry;

import io.otakey.protocol.wire.DeviceRef;
import java.time.Instant;

/**
 * A device that waits for an operator.
 *
 * @param count how often it asked, about
 */
public record AwaitingDevice(
    DeviceRef ref, Reason reason, Instant firstAsked, Instant lastAsked, long count) {
  /** What it waits for. */
  public enum Reason {
    /** An active device asks to enroll, and policy wants an operator's approval. */
    RE_ENROLLMENT,
    /** An ABANDON would raise the row's attempt too far; a reset of the row helps. */
    ABANDON
  }
}
