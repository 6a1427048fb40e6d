package io.otakey.gateway.batch;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link Batcher} does with a batch.
 *
 * @param <I> what is submitted
 * @param <O> what becomes of it
 */
public interface BatchWork<I, O> {
  /** What a failed batch means for its inputs. */
  enum OnFailure {
    /** Run them again at once. */
    AGAIN,
    /** Run them again after a pause, until they are too old. */
    AGAIN_LATER,
    /** Give them up. */
    GIVE_UP
  }

  /** Why an input was not run, or not run again. */
  enum Refused {
    /** Too many inputs wait. */
    QUEUE_FULL("full"),
    /** It waited too long, or those before it did. */
    TOO_OLD("old"),
    /** It was to be run again too often. */
    TOO_MANY_TRIES("tries"),
    /** The batcher is closed. */
    CLOSED("closed");

    private final String label;

    Refused(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  /**
   * Runs a batch; called on an event loop, must not block. Two inputs of equal shard never run at
   * once.
   *
   * @return one element per input, in order; empty = run this input again
   */
  Future<List<Optional<O>>> run(List<I> inputs);

  /** Judges what {@link #run} failed with. */
  OnFailure onFailure(Throwable failure);

  /** What the future of a refused input fails with; called often, should be cheap. */
  Throwable refusal(Refused why);

  /** What the future of an input fails with that was given up because of a failure. */
  Throwable failure(Throwable cause);
}
