package io.otakey.protocol.device;

import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.RequestType;

/**
 * What a device is about, by what its flash holds. Modes never change flash and go on: they say
 * {@link Then#RESUME}, and the next mode follows from flash as it does at boot.
 */
interface Mode {
  /** Whether the mode still fits the flash. */
  enum Then {
    /** Go on. */
    STAY,
    /** Flash changed. */
    RESUME
  }

  /** The next step, now that no waiting time is left. */
  Step act(long now);

  /** No proven answer came to the open request. The mode decides when to speak again. */
  void unanswered(long now, Rebuff rebuff);

  /** A GRANT, whether it belongs here or not. */
  Then granted(long now, Answer.Grant grant);

  /**
   * The answer to the request that was open, with the right mac. That request is closed now: what
   * comes to it again is ignored, since the next request may be of another kind.
   */
  Then answered(long now, RequestType request, Answer answer);

  /**
   * Why there is no proven answer.
   *
   * @param heard whether an ERROR without valid mac came, rather than nothing
   * @param patient whether the back-off may go up to a day (ENROLL answered 4 or 5)
   * @param retryAfter seconds to wait at least, as far as an unproven ERROR may say so
   */
  record Rebuff(boolean heard, boolean patient, long retryAfter) {
    static final Rebuff NONE = new Rebuff(false, false, 0);

    /** Turns to the next gateway and waits. */
    void pause(long now, Core core) {
      core.nextGateway();
      core.line.pause(now, patient ? Timing.DAY : Timing.HOUR, core.timing().millis(retryAfter));
    }
  }
}
