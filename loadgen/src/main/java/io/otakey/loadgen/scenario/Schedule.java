package io.otakey.loadgen.scenario;

/**
 * Open loop: each device starts at its time after the beginning, whatever became of the others.
 *
 * @param count number of devices
 * @param rate starts per second, on average over all of them; 0 starts everything at once and
 *     leaves the pace to the bound of devices in flight
 * @param shape how the rate goes up and down around its average
 */
public record Schedule(int count, double rate, Shape shape) {
  private static final double NANOS = 1e9;

  /** How the rate of starts goes. */
  public enum Shape {
    /** The same all the time. */
    CONSTANT,
    /** From none to twice the average, in a straight line. */
    RAMP,
    /** A night, a day and the next night: none at both ends, twice the average in the middle. */
    DIURNAL;

    /**
     * When so many have started.
     *
     * @param share of the devices, 0 to 1
     * @return share of the whole time, 0 to 1
     */
    double after(double share) {
      return switch (this) {
        case CONSTANT -> share;
        case RAMP -> Math.sqrt(share);
        case DIURNAL -> inverseOfDay(share);
      };
    }

    private static double inverseOfDay(double share) {
      double low = 0;
      double high = 1;
      for (int i = 0; i < 50; i++) {
        double time = (low + high) / 2;
        boolean early = time - Math.sin(2 * Math.PI * time) / (2 * Math.PI) < share;
        low = early ? time : low;
        high = early ? high : time;
      }
      return high;
    }
  }

  /** Refuses a negative count or rate. */
  public Schedule {
    if (count < 0 || !(rate >= 0)) {
      throw new IllegalArgumentException("count and rate must not be negative");
    }
  }

  /** The same rate all the time. */
  public Schedule(int count, double rate) {
    this(count, rate, Shape.CONSTANT);
  }

  /** Nanoseconds from the beginning to the start of device n. */
  public long dueAfter(int n) {
    if (rate == 0 || count == 0) {
      return 0;
    }
    return Math.round(shape.after((double) n / count) * count / rate * NANOS);
  }

  /** Whether devices start by the clock. */
  public boolean isPaced() {
    return rate > 0;
  }
}
