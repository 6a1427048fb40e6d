package io.otakey.gateway.platform;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * So many calls at once; others wait, those that a device waits for first. What waits is bounded by
 * the callers, who have one call each under way or waiting. Not thread-safe: one event loop's; who
 * only looks how many there are may be elsewhere.
 */
final class Turns {
  private final int most;
  private final Queue<Runnable> urgent = new ArrayDeque<>();
  private final Queue<Runnable> others = new ArrayDeque<>();
  private int running;

  Turns(int most) {
    this.most = most;
  }

  int running() {
    return running;
  }

  int waiting() {
    return urgent.size() + others.size();
  }

  <T> Future<T> take(boolean first, Supplier<Future<T>> call) {
    Promise<T> promise = Promise.promise();
    (first ? urgent : others)
        .add(
            () ->
                call.get()
                    .onComplete(
                        done -> {
                          running--;
                          next();
                          promise.handle(done);
                        }));
    next();
    return promise.future();
  }

  private void next() {
    while (running < most) {
      Runnable call = urgent.isEmpty() ? others.poll() : urgent.poll();
      if (call == null) {
        return;
      }
      running++;
      call.run();
    }
  }
}
