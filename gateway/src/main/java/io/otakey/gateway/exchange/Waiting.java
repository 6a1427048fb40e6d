package io.otakey.gateway.exchange;

import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Refusal;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Waiting times, which leave the gateway already spread at random (protocol section 6.9). */
final class Waiting {
  private static final long MAX_POLL_AFTER = Duration.ofDays(30).toSeconds();
  private static final long FIRST_AFTER_ABANDON = Duration.ofHours(1).toSeconds();
  private static final int REMEMBERED_FAILURES = 65_536;

  private final long pollAfter;
  private final long campaignPollAfter;
  private final long busyRetryAfter;
  private final Generations<Failure, Integer> failures;
  private final Supplier<? extends RandomGenerator> random;

  private record Failure(DeviceRef device, AbandonRequest.Reason reason) {}

  Waiting(
      ExchangeConfig config, LongSupplier nanoTime, Supplier<? extends RandomGenerator> random) {
    this.random = random;
    this.pollAfter = config.pollAfter().toSeconds();
    this.campaignPollAfter = Math.min(pollAfter, config.campaignPollAfter().toSeconds());
    this.busyRetryAfter = config.busyRetryAfter().toSeconds();
    this.failures = new Generations<>(REMEMBERED_FAILURES, Duration.ofDays(7).toNanos(), nanoTime);
  }

  /**
   * Until the next POLL.
   *
   * @param inCampaign devices of this product are being asked for something
   */
  long pollAfter(boolean inCampaign) {
    return aQuarterEitherWay(inCampaign ? campaignPollAfter : pollAfter);
  }

  /** Until the next POLL after a grant was given up: doubled each time for the same cause. */
  long afterAbandon(DeviceRef device, AbandonRequest.Reason reason) {
    int times = failures.merge(new Failure(device, reason), 1, Integer::sum);
    long doubled = FIRST_AFTER_ABANDON << Math.min(times - 1, 20);
    return Math.min(MAX_POLL_AFTER, aQuarterEitherWay(doubled));
  }

  /** Until a refused request is worth repeating. */
  long retryAfter(Refusal refusal) {
    return switch (refusal) {
      case BUSY, INTERNAL, PLATFORM_UNAVAILABLE -> upToTwice(busyRetryAfter);
      case REFUSED, ALREADY_ENROLLED -> upToTwice(60 * busyRetryAfter);
      case MALFORMED, UNSUPPORTED, NOT_RECOGNISED, UNKNOWN_DEVICE, SUPERSEDED -> 0;
    };
  }

  private long upToTwice(long seconds) {
    return seconds + random.get().nextLong(seconds + 1);
  }

  private long aQuarterEitherWay(long seconds) {
    long quarter = Math.max(1, seconds / 4);
    return Math.max(1, seconds - quarter + random.get().nextLong(2 * quarter + 1));
  }
}
