package io.otakey.gateway.batch;

import java.time.Duration;
import java.util.List;

/**
 * Bounds of a {@link Batcher}.
 *
 * @param lanes batches in flight at once, at least 1
 * @param maxBatch most inputs of one batch, at least 1
 * @param linger how long a busy lane waits for a hundred inputs, 0 to 100 ms; an idle lane, and one
 *     whose last batch was a single input, never waits
 * @param maxQueue most inputs waiting in one lane, at least {@code maxBatch}
 * @param maxAge an input is given up after this time, 10 ms to 5 min
 * @param maxTries how often an input may be run again, at least 1
 */
public record BatcherConfig(
    int lanes, int maxBatch, Duration linger, int maxQueue, Duration maxAge, int maxTries) {
  /** Two lanes of 500, as measured best on a fast disk. */
  public static final BatcherConfig DEFAULT =
      new BatcherConfig(2, 500, Duration.ofMillis(4), 20_000, Duration.ofSeconds(3), 16);

  /** Adds a sentence for every value outside its range. */
  public void validate(String name, List<String> problems) {
    check(lanes >= 1 && lanes <= 64, name + ".lanes must be 1 to 64", problems);
    check(maxBatch >= 1 && maxBatch <= 5000, name + ".maxBatch must be 1 to 5000", problems);
    check(
        !linger.isNegative() && linger.toMillis() <= 100,
        name + ".linger must be 0 to 100 ms",
        problems);
    check(maxQueue >= maxBatch, name + ".maxQueue must be at least maxBatch", problems);
    check(
        maxAge.toMillis() >= 10 && maxAge.toSeconds() <= 300,
        name + ".maxAge must be 10 ms to 5 min",
        problems);
    check(maxTries >= 1, name + ".maxTries must be at least 1", problems);
  }

  private static void check(boolean holds, String problem, List<String> problems) {
    if (!holds) {
      problems.add(problem);
    }
  }
}
