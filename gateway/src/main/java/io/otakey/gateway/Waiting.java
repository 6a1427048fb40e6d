package io.otakey.gateway;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for futures while the gateway starts and stops; never on an event loop. */
final class Waiting {
  private static final long LIMIT_SECONDS = 120;

  private Waiting() {}

  /** The result; an exception of ours as it is, anything else wrapped. */
  static <T> T forResult(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new StartException(String.valueOf(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new StartException("gave up after " + LIMIT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("interrupted", e);
    }
  }

  static void forDone(Future<?> future) {
    forResult(future.mapEmpty().otherwiseEmpty());
  }
}
