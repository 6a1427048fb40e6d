package io.otakey.protocol.device;

/**
 * How long a record went without a valid answer: tries, and running time or power-ons (protocol
 * rule 6: five power-ons count as a day). Meant to live in memory that a restart keeps.
 */
final class Silence {
  private static final int TRIES = 10;
  private static final int POWER_ONS_PER_DAY = 5;

  private long since;
  private int tries;
  private int powerOns;

  /** A valid answer came, or another record is meant from now on. */
  void broken(long now) {
    since = now;
    tries = 0;
    powerOns = 0;
  }

  /** The running time starts again, because nobody knows how long the power was off. */
  void poweredOn(long now) {
    since = now;
    powerOns++;
  }

  void unanswered() {
    tries++;
  }

  boolean lasts(long now, int days, Timing timing) {
    boolean long_ = now - since >= timing.millis(days * Timing.DAY);
    return tries >= TRIES && (long_ || powerOns >= POWER_ONS_PER_DAY * days);
  }
}
