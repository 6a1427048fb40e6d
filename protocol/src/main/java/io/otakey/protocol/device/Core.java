package io.otakey.protocol.device;

import io.otakey.protocol.handshake.OpeningPayload;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.RequestType;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** What every mode of a device works with. Counters live in memory that a restart keeps. */
final class Core {
  final DeviceRef ref;
  final Firmware firmware;
  final Environment environment;
  final Slots slots;
  final DeviceEvent.Listener listener;
  final Line line;
  final Silence silence = new Silence();

  /** When the current key is polled next. */
  long pollAt;

  /** When word from outside may bring a POLL forward again. */
  long hintAt;

  private int turn;
  private int lastError;
  private int grants;
  private long lastGrantAt;
  private long extraEnrollAt;
  private long noticeRotationAt;
  private long ownRotationAt;

  Core(
      DeviceRef ref,
      Firmware firmware,
      Environment environment,
      Slots slots,
      DeviceEvent.Listener listener) {
    this.ref = ref;
    this.firmware = firmware;
    this.environment = environment;
    this.slots = slots;
    this.listener = listener;
    this.line = new Line(environment);
  }

  Timing timing() {
    return environment.timing();
  }

  Step send(long now, RequestType type, byte[] frame, int keySlot) {
    line.sent(now, type, frame, keySlot);
    return new Step.Send(type, frame, firmware.gatewayAddress(turn));
  }

  /** A request under the key of this slot, with its mac. */
  byte[] request(int slot, Function<KeyRef, byte[]> covered) {
    KeyRecord record = slots.read(slot);
    try (FrameKey key = record.frameKey()) {
      return key.request(covered.apply(record.key(ref)));
    }
  }

  /** A POLL under the key of this slot, with a nonce of its own. */
  byte[] newPoll(int slot) {
    byte[] nonce = new byte[PollRequest.NONCE_LENGTH];
    environment.random().nextBytes(nonce);
    return request(slot, key -> PollRequest.covered(key, nonce));
  }

  /** The name of the key in this slot. */
  KeyRef key(int slot) {
    try (KeyRecord record = slots.read(slot)) {
      return record.key(ref);
    }
  }

  /** The next gateway key and address of the firmware in turn. */
  void nextGateway() {
    turn = (turn + 1) % firmware.turns();
  }

  int turn() {
    return turn;
  }

  /** What the next ENROLL or ROTATE says of the device. */
  OpeningPayload opening() {
    return new OpeningPayload(
        Optional.of(firmware.version()),
        lastError == 0 ? OptionalLong.empty() : OptionalLong.of(lastError));
  }

  void report(int error) {
    lastError = error;
  }

  void granted(long now) {
    grants++;
    lastGrantAt = now;
  }

  void acknowledged() {
    grants = 0;
  }

  /** When the next grant may be asked for: at once, or an hour after the last of too many. */
  long grantAt(long now) {
    return grants < Timing.GRANTS_IN_A_ROW ? now : lastGrantAt + timing().millis(Timing.HOUR);
  }

  /** When a device that holds a record may send its next ENROLL. */
  long extraEnrollAt() {
    return extraEnrollAt;
  }

  void extraEnrollSent(long now) {
    extraEnrollAt = now + timing().millis(Timing.DAY);
  }

  /** When a NOTICE that came now makes the device rotate. */
  long noticeRotation(long now) {
    long at = Math.max(now, noticeRotationAt);
    noticeRotationAt = at + timing().millis(Timing.NOTICE_ROTATION);
    return at;
  }

  /** Whether the device may rotate by itself now; if so, it counts as done. */
  boolean ownRotation(long now) {
    boolean allowed = now >= ownRotationAt;
    if (allowed) {
      ownRotationAt = now + timing().millis(Timing.DAY);
    }
    return allowed;
  }

  /** A repetition waits by rule 8. */
  void pause(long now) {
    line.pause(now, Timing.HOUR, 0);
  }

  /** As {@link #pause(long)}, and at least retryAfter, which counts up to the cap. */
  void pause(long now, long retryAfter, long retryCap) {
    line.pause(now, Timing.HOUR, timing().millis(Math.min(retryAfter, retryCap)));
  }
}
