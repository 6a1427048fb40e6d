package io.otakey.protocol.device;

import java.util.random.RandomGenerator;

/**
 * The waiting times of protocol rules 6 to 8, all multiplied by one scale so that load runs and
 * tests need not wait for days.
 *
 * @param scale 1 for real devices; above 0
 * @param answerWithinMillis how long an answer is awaited before the wait for a repetition begins;
 *     not scaled, because networks are not
 * @param pollWithinMillis a device polls at the latest so long after the last answer, however much
 *     later the gateway said; not scaled
 */
public record Timing(double scale, long answerWithinMillis, long pollWithinMillis) {
  /** As the protocol has it, with 5 s for an answer. */
  public static final Timing STANDARD = new Timing(1, 5_000);

  static final long HOUR = 3600;
  static final long DAY = 24 * HOUR;
  static final long MAX_RETRY_UNPROVEN = 300;
  static final long MAX_RETRY_CONFIRM = DAY;
  static final long MAX_RETRY = 30 * DAY;
  static final long FIRST_FRAME = 60;
  static final long NOTICE_ROTATION = 600;
  static final long HINT_PAUSE = 60;
  static final long HINT_WITHIN = 5;
  static final int GRANTS_IN_A_ROW = 8;
  static final int LOGINS = 5;
  static final long LOGIN_PAUSE = 225; // five logins within 15 minutes

  /** Refuses a scale or a time that is not above 0. */
  public Timing {
    if (!(scale > 0) || answerWithinMillis <= 0 || pollWithinMillis <= 0) {
      throw new IllegalArgumentException("scale, answer time and poll time must be above 0");
    }
  }

  /** Polls when the gateway says. */
  public Timing(double scale, long answerWithinMillis) {
    this(scale, answerWithinMillis, Long.MAX_VALUE);
  }

  /** Protocol seconds in milliseconds of this timing. */
  long millis(long seconds) {
    return Math.round(seconds * 1000.0 * scale);
  }

  /** A random time from 0 to so many protocol seconds, in milliseconds. */
  long upTo(long seconds, RandomGenerator random) {
    return random.nextLong(millis(seconds) + 1);
  }

  /** What a pollAfter of the gateway means: 0 is a day, and never more than 30 days. */
  long pollAfter(long seconds) {
    return Math.min(pollWithinMillis, millis(seconds == 0 ? DAY : Math.min(seconds, MAX_RETRY)));
  }
}
