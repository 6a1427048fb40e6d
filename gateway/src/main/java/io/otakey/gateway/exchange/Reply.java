package io.otakey.gateway.exchange;

import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Refusal;
import java.util.Optional;

/**
 * The one answer to one frame, as bytes and as what a transport needs to know of it.
 *
 * @param frame the bytes to send
 * @param kind what they are
 * @param refusal why not, for a kind of ERROR
 * @param retryAfter seconds, for a kind of ERROR; already spread at random
 * @param authentic the device, if guard or mac were right
 * @param repeated answered from the memory of repeated frames: counts against no limit
 * @param shows the device's current key, if this is the first frame of its bytes and proves that
 *     key: the device is at the other end
 * @param why detail for the log, never for the peer; empty for what is ordinary
 */
public record Reply(
    byte[] frame,
    Kind kind,
    Optional<Refusal> refusal,
    long retryAfter,
    Optional<DeviceRef> authentic,
    boolean repeated,
    Optional<KeyRef> shows,
    String why) {
  /** Which answer it is. */
  public enum Kind {
    /** A key, sealed. */
    GRANT,
    /** Durable. */
    ACK,
    /** Anything to do, or not. */
    NOTICE,
    /** Refused. */
    ERROR
  }

  static Reply grant(Answer.Grant grant, DeviceRef device, boolean repeated) {
    return new Reply(
        grant.frame(),
        Kind.GRANT,
        Optional.empty(),
        0,
        Optional.of(device),
        repeated,
        Optional.empty(),
        "");
  }

  static Reply served(Kind kind, byte[] frame, DeviceRef device) {
    return new Reply(
        frame, kind, Optional.empty(), 0, Optional.of(device), false, Optional.empty(), "");
  }

  /** An ERROR without a mac, to a frame that no device key authenticated. */
  static Reply refused(Refusal refusal, long retryAfter, String why) {
    return new Reply(
        Answer.Refused.covered(refusal, retryAfter),
        Kind.ERROR,
        Optional.of(refusal),
        retryAfter,
        Optional.empty(),
        false,
        Optional.empty(),
        why);
  }

  static Reply refusedWithMac(
      byte[] frame, Refusal refusal, long retryAfter, DeviceRef device, String why) {
    return new Reply(
        frame,
        Kind.ERROR,
        Optional.of(refusal),
        retryAfter,
        Optional.of(device),
        false,
        Optional.empty(),
        why);
  }

  Reply by(DeviceRef device) {
    return new Reply(frame, kind, refusal, retryAfter, Optional.of(device), repeated, shows, why);
  }

  Reply showing(KeyRef key) {
    return new Reply(frame, kind, refusal, retryAfter, authentic, repeated, Optional.of(key), why);
  }
}
