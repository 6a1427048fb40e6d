package io.otakey.gateway.exchange;

import java.time.Duration;

/**
 * How frames are answered.
 *
 * @param pollAfter how long a device with nothing to do waits; spread by a quarter either way
 * @param campaignPollAfter the same while a campaign asks devices of its product; {@code pollAfter}
 *     if that is shorter
 * @param busyRetryAfter how long a device waits after ERROR 8, at least; spread up to twice as long
 * @param maxInFlight frames under way at once on this node; more get ERROR 8
 * @param grantsPerHour new grants for one device in an hour; more get ERROR 8 (protocol 6.8)
 * @param rememberedGrants grants kept to answer repeated frames (protocol 6.3)
 * @param rememberedFor how long they are kept, at least
 */
public record ExchangeConfig(
    Duration pollAfter,
    Duration campaignPollAfter,
    Duration busyRetryAfter,
    int maxInFlight,
    int grantsPerHour,
    int rememberedGrants,
    Duration rememberedFor) {
  /** What the gateway starts with unless told otherwise. */
  public static final ExchangeConfig DEFAULT =
      new ExchangeConfig(
          Duration.ofHours(24),
          Duration.ofHours(1),
          Duration.ofSeconds(5),
          8192,
          12,
          65_536,
          Duration.ofMinutes(3));
}
