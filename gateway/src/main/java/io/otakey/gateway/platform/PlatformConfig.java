package io.otakey.gateway.platform;

import java.time.Duration;

/**
 * How this node deals with platforms that logins are written into.
 *
 * @param tick time between two looks at what is owed, 50 ms to 10 s
 * @param callTimeout for one call to a platform, 1 to 60 s
 * @param grantKept how long the login of a grant that nobody confirms is left, 1 min to 30 days; a
 *     device that confirms later gets it anew
 * @param reconcileEvery time between two comparisons of a platform with the registry, 1 min to 90
 *     days
 * @param maxWaiting most grants that wait for one platform, 1 to 100000; more get ERROR 10
 */
public record PlatformConfig(
    Duration tick,
    Duration callTimeout,
    Duration grantKept,
    Duration reconcileEvery,
    int maxWaiting) {
  /** Right for platforms in the same region. */
  public static final PlatformConfig DEFAULT =
      new PlatformConfig(
          Duration.ofMillis(250),
          Duration.ofSeconds(10),
          Duration.ofHours(24),
          Duration.ofHours(24),
          10_000);
}
