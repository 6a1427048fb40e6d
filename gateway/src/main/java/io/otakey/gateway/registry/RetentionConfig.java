package io.otakey.gateway.registry;

import java.time.Duration;

/**
 * How long events and the audit log are kept. They go by periods, of 7 and 28 days, so the oldest
 * is up to one period older than this.
 *
 * @param events 7 to 3650 days
 * @param audit 30 to 36500 days
 * @param heldLonger how much longer events are kept for a campaign, platform or webhook that has
 *     not read them yet, 0 to 365 days
 */
public record RetentionConfig(Duration events, Duration audit, Duration heldLonger) {
  /** A quarter of events, a year and more of the audit log. */
  public static final RetentionConfig DEFAULT =
      new RetentionConfig(Duration.ofDays(90), Duration.ofDays(400), Duration.ofDays(30));
}
