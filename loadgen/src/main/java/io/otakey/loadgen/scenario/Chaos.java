package io.otakey.loadgen.scenario;

import java.util.random.RandomGenerator;

/**
 * A bad network, made here: each frame in either direction is lost, doubled or delayed by chance.
 *
 * @param drop probability of loss, 0 to 1
 * @param duplicate probability that it arrives twice
 * @param reorder probability that it arrives up to half a second late, behind others
 */
public record Chaos(double drop, double duplicate, double reorder) {
  /** Nothing goes wrong. */
  public static final Chaos NONE = new Chaos(0, 0, 0);

  private static final int MAX_DELAY_MILLIS = 500;

  /** Refuses what is not a probability. */
  public Chaos {
    if (!(isProbability(drop) && isProbability(duplicate) && isProbability(reorder))) {
      throw new IllegalArgumentException("probabilities are from 0 to 1");
    }
  }

  /** Whether anything can go wrong. */
  public boolean isCalm() {
    return drop == 0 && duplicate == 0 && reorder == 0;
  }

  /** How many copies of the next frame arrive. */
  public int copies(RandomGenerator random) {
    if (random.nextDouble() < drop) {
      return 0;
    }
    return random.nextDouble() < duplicate ? 2 : 1;
  }

  /** How late the next copy arrives, in milliseconds. */
  public int delayMillis(RandomGenerator random) {
    return random.nextDouble() < reorder ? 1 + random.nextInt(MAX_DELAY_MILLIS) : 0;
  }

  private static boolean isProbability(double value) {
    return value >= 0 && value <= 1;
  }
}
