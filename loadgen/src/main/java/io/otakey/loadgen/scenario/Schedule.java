package io.otakey.loadgen.scenario;

/**
 * Open loop: the nth device starts at n / rate after the beginning, whatever became of the others.
 *
 * @param count number of devices
 * @param rate starts per second; 0 starts everything at once and leaves the pace to the bound of
 *     devices in flight
 */
public record Schedule(int count, double rate) {
  private static final double NANOS = 1e9;

  /** Refuses a negative count or rate. */
  public Schedule {
    if (count < 0 || !(rate >= 0)) {
      throw new IllegalArgumentException("count and rate must not be negative");
    }
  }

  /** Nanoseconds from the beginning to the start of device n. */
  public long dueAfter(int n) {
    return rate == 0 ? 0 : Math.round(n / rate * NANOS);
  }

  /** Whether devices start by the clock. */
  public boolean isPaced() {
    return rate > 0;
  }
}
