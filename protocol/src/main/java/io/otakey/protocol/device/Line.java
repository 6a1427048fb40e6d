package io.otakey.protocol.device;

import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Frames;
import io.otakey.protocol.wire.RequestType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The one request that a device has open, who may answer it, and when the device may speak again
 * (protocol rule 8).
 */
final class Line {
  private static final int LEVELS = 31;
  private static final long LOGIN_WITHIN = 60;
  private static final byte[] NO_FRAME = {};

  private final Environment environment;
  private byte[] frame = NO_FRAME;
  private @Nullable RequestType type;
  private int keySlot = Slots.NONE;
  private boolean awaiting;
  private int level;
  private long nextAt;

  Line(Environment environment) {
    this.environment = environment;
  }

  /** The request is being sent; keySlot holds the key that its answers must be proven with. */
  void sent(long now, RequestType sentType, byte[] sentFrame, int sentKeySlot) {
    type = sentType;
    frame = sentFrame;
    keySlot = sentKeySlot;
    awaiting = true;
    nextAt = now + environment.timing().answerWithinMillis();
  }

  /** The host is logging in to the platform; it has as long as an answer may take, and a minute. */
  void loginAsked(long now) {
    close();
    awaiting = true;
    Timing timing = environment.timing();
    nextAt = now + timing.answerWithinMillis() + timing.millis(LOGIN_WITHIN);
  }

  /** Whether the answer carries a mac that only the key of the open request could make. */
  boolean isProven(Answer answer, Slots slots) {
    if (keySlot == Slots.NONE || answer.macLength() == 0) {
      return false;
    }
    int proof = type == RequestType.ROTATE ? Frames.GUARD_LENGTH : Frames.MAC_LENGTH;
    try (FrameKey key = slots.read(keySlot).frameKey()) {
      return key.authenticates(
          answer, Arrays.copyOfRange(frame, frame.length - proof, frame.length));
    }
  }

  /** The open request's type, or null if there is none. */
  @Nullable RequestType type() {
    return type;
  }

  /** The open request has its answer, or nobody wants one any more. */
  void close() {
    type = null;
    frame = NO_FRAME;
    keySlot = Slots.NONE;
    awaiting = false;
  }

  boolean isAwaiting() {
    return awaiting;
  }

  /** The time for an answer is over; a late one still counts. */
  void stopAwaiting() {
    awaiting = false;
  }

  long nextAt() {
    return nextAt;
  }

  void speakAt(long time) {
    nextAt = time;
  }

  /** Something went well: the next repetition waits briefly again. */
  void relax() {
    level = 0;
  }

  /**
   * Waits with full jitter over 1 s doubling to the cap, and at least as told.
   *
   * @param capSeconds an hour, or a day where the protocol says so
   * @param toldMillis 0 if nobody told
   */
  void pause(long now, long capSeconds, long toldMillis) {
    long ceiling = Math.min(1L << level, capSeconds);
    level = Math.min(level + 1, LEVELS);
    long jitter = environment.timing().upTo(ceiling, environment.random());
    nextAt = now + Math.max(jitter, toldMillis);
    awaiting = false;
  }
}
