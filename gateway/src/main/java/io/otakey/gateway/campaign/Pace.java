package io.otakey.gateway.campaign;

import java.time.Duration;
import java.util.List;

/**
 * How fast devices are asked: constant, or growing by a factor each time that so many devices got
 * on, as AWS IoT's exponential rollout rate.
 *
 * @param perSecond to begin with, 0.001..100,000
 * @param factor 1 = constant; at most 10
 * @param every devices between two increases, at least 1
 * @param counting which devices count
 * @param maxPerSecond never faster, {@code perSecond}..100,000
 */
public record Pace(
    double perSecond, double factor, long every, Counting counting, double maxPerSecond) {
  /** What makes an exponential pace grow. */
  public enum Counting {
    /** Devices that were asked. */
    NOTIFIED,
    /** Devices that did it. */
    CONFIRMED
  }

  private static final double FASTEST = 100_000;

  /** Always the same. */
  public static Pace constant(double perSecond) {
    return new Pace(perSecond, 1, 1, Counting.NOTIFIED, perSecond);
  }

  /** Devices a second, after so many got on. */
  public double after(long devices) {
    if (factor <= 1) {
      return perSecond;
    }
    return Math.min(
        maxPerSecond, perSecond * Math.pow(factor, (double) Math.floorDiv(devices, every)));
  }

  /** How long it takes at least to ask so many devices, if each does it at once. */
  public Duration toAsk(long devices) {
    double seconds = 0;
    long asked = 0;
    while (asked < devices) {
      double rate = after(asked);
      boolean steady = factor <= 1 || rate >= maxPerSecond;
      long step = steady ? devices - asked : Math.min(devices, (asked / every + 1) * every) - asked;
      seconds += step / rate;
      asked += step;
    }
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  void validate(List<String> problems) {
    if (!(perSecond >= 0.001 && perSecond <= FASTEST)) {
      problems.add("pace.perSecond must be 0.001 to 100000");
    }
    if (!(factor >= 1 && factor <= 10)) {
      problems.add("pace.factor must be 1 to 10");
    }
    if (every < 1) {
      problems.add("pace.every must be at least 1");
    }
    if (!(maxPerSecond >= perSecond && maxPerSecond <= FASTEST)) {
      problems.add("pace.maxPerSecond must be perSecond to 100000");
    }
  }
}
