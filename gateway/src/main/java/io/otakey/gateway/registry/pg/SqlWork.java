package io.otakey.gateway.registry.pg;

import io.otakey.gateway.batch.BatchWork;

/** A batch that is one statement; its failures mean the same whatever it asks. */
interface SqlWork<I, O> extends BatchWork<I, O> {
  @Override
  default OnFailure onFailure(Throwable failure) {
    return Failures.judge(failure);
  }

  @Override
  default Throwable refusal(Refused why) {
    return Failures.busy(why);
  }

  @Override
  default Throwable failure(Throwable cause) {
    return Failures.unavailable(cause);
  }
}
