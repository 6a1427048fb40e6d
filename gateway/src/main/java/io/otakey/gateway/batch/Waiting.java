package io.otakey.gateway.batch;

import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import org.jspecify.annotations.Nullable;

/** One submitted input and its promise. Everything mutable belongs to the lane's event loop. */
final class Waiting<I, O> {
  final I input;
  final long since;

  /** The submitter's event loop; null if it has none. */
  final @Nullable ContextInternal submitter;

  final Promise<O> promise = Promise.promise();
  int tries;

  private boolean settled;
  private @Nullable O outcome;
  private @Nullable Throwable failure;

  Waiting(I input, long since) {
    this.input = input;
    this.since = since;
    ContextInternal current = ContextInternal.current();
    this.submitter = current == null ? null : current.unwrap();
  }

  boolean settled() {
    return settled;
  }

  /** Settles with an outcome, which {@link #answer} hands over. */
  void succeed(O value) {
    settled = true;
    outcome = value;
  }

  /** Settles with a failure, which {@link #answer} hands over. */
  void fail(Throwable why) {
    settled = true;
    failure = why;
  }

  /** Completes the promise, once; on the submitter's event loop. */
  void answer() {
    if (failure != null) {
      promise.tryFail(failure);
    } else {
      promise.tryComplete(outcome);
    }
  }
}
