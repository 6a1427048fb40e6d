package io.otakey.loadgen.network;

/** How long a sender waits for an acknowledgement, by RFC 6298; milliseconds. */
final class RetransmissionTimer {
  private static final double FIRST = 1_000;
  private static final double LEAST = 1_000;
  private static final double MOST = 60_000;

  private double smoothed = Double.NaN;
  private double variation;
  private double timeout = FIRST;

  /** Time until the next repetition. */
  double timeout() {
    return timeout;
  }

  /** An acknowledgement of something that was sent once. */
  void measured(double roundTrip) {
    if (Double.isNaN(smoothed)) {
      smoothed = roundTrip;
      variation = roundTrip / 2;
    } else {
      variation = 0.75 * variation + 0.25 * Math.abs(smoothed - roundTrip);
      smoothed = 0.875 * smoothed + 0.125 * roundTrip;
    }
    timeout = Math.min(MOST, Math.max(LEAST, smoothed + 4 * variation));
  }

  /** The time went by. */
  void expired() {
    timeout = Math.min(MOST, 2 * timeout);
  }

  /** The first SYN was lost: what follows begins with 3 s (RFC 6298, 5.7). */
  void handshakeRepeated() {
    timeout = 3_000;
  }
}
