package io.otakey.gateway.campaign;

/** How many devices a campaign may ask now, by its pace. Not thread-safe. */
final class Allowance {
  /** What was not used is kept for so long: nobody catches up on an hour's pause. */
  private static final double MOST_SECONDS = 5;

  private long lastNanos;
  private double allowed;

  Allowance(long nowNanos) {
    this.lastNanos = nowNanos;
  }

  /**
   * Counts on, and gives what may be asked now.
   *
   * @param perSecond the pace now
   */
  int now(long nowNanos, double perSecond) {
    double seconds = Math.min(MOST_SECONDS, (nowNanos - lastNanos) / 1e9);
    lastNanos = nowNanos;
    allowed = Math.min(allowed + seconds * perSecond, Math.max(1, MOST_SECONDS * perSecond));
    return (int) allowed;
  }

  void used(int devices) {
    allowed = Math.max(0, allowed - devices);
  }
}
