package io.otakey.gateway.exchange;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Whether an operation takes another time for inputs of one class than of another: both are
 * measured interleaved at random, and the means compared by Welch's t-test after the longest times
 * were cut off, at several places; the largest |t| counts. Above 4.5 the two are told apart.
 */
final class TwoClasses {
  /** Where the longest times are cut off: shares of all of both classes that stay. */
  private static final double[] KEPT = {0.5, 0.75, 0.9, 0.95, 0.99, 1};

  static final double TOLD_APART = 4.5;

  private static final int WARM_UP = 50_000;

  private TwoClasses() {}

  /**
   * What came out.
   *
   * @param t the t of largest size; positive if the second class takes longer
   * @param nanos how much longer, where that t was found
   * @param mean of both classes there, in nanoseconds
   */
  record Result(String what, double t, double nanos, double mean) {
    boolean toldApart() {
      return Math.abs(t) > TOLD_APART;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%-52s |t| %8.1f  %s by %+.1f ns of %.0f",
          what,
          Math.abs(t),
          toldApart() ? "TOLD APART" : "not told apart",
          nanos,
          mean);
    }
  }

  /**
   * Measures so many times.
   *
   * @param prepare makes of each input what is measured, before it is: so both classes lie in the
   *     same places of memory
   */
  static <T> Result measure(
      String what,
      byte[][] first,
      byte[][] second,
      Function<byte[], T> prepare,
      Predicate<T> operation,
      int measurements,
      long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] nanos = new long[measurements];
    boolean[] seconds = new boolean[measurements];
    int yes = 0;
    for (int i = -WARM_UP; i < measurements; i++) {
      boolean isSecond = random.nextBoolean();
      int which = random.nextInt(first.length);
      T input = prepare.apply(isSecond ? second[which] : first[which]);
      long begun = System.nanoTime();
      yes += operation.test(input) ? 1 : 0;
      long took = System.nanoTime() - begun;
      if (i >= 0) {
        nanos[i] = took;
        seconds[i] = isSecond;
      }
    }
    if (yes != 0 && yes != measurements + WARM_UP) {
      throw new IllegalStateException(what + ": the two classes have different results");
    }
    return compare(what, nanos, seconds);
  }

  private static Result compare(String what, long[] nanos, boolean[] seconds) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    Result largest = new Result(what, 0, 0, 0);
    for (double kept : KEPT) {
      long limit = sorted[(int) (kept * (sorted.length - 1))];
      Result result = welch(what, nanos, seconds, limit);
      if (Math.abs(result.t()) > Math.abs(largest.t())) {
        largest = result;
      }
    }
    return largest;
  }

  private static Result welch(String what, long[] nanos, boolean[] seconds, long limit) {
    double[] count = new double[2];
    double[] mean = new double[2];
    double[] squares = new double[2];
    for (int i = 0; i < nanos.length; i++) {
      if (nanos[i] <= limit) {
        int one = seconds[i] ? 1 : 0;
        count[one]++;
        double from = nanos[i] - mean[one];
        mean[one] += from / count[one];
        squares[one] += from * (nanos[i] - mean[one]);
      }
    }
    double error =
        Math.sqrt(squares[0] / (count[0] - 1) / count[0] + squares[1] / (count[1] - 1) / count[1]);
    double longer = mean[1] - mean[0];
    return new Result(what, error > 0 ? longer / error : 0, longer, (mean[0] + mean[1]) / 2);
  }
}
