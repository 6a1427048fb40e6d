package io.otakey.gateway;

import io.otakey.gateway.exchange.FrameService;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/** Takes no new frames and waits until those accepted are answered. */
final class Draining {
  private static final long LOOK_MILLIS = 10;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private Draining() {}

  static void finish(Vertx vertx, FrameService frames) {
    frames.drain();
    Promise<Void> done = Promise.promise();
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    vertx.setPeriodic(
        LOOK_MILLIS,
        id -> {
          if (frames.inFlight() == 0 || System.nanoTime() - deadline > 0) {
            vertx.cancelTimer(id);
            done.complete();
          }
        });
    Waiting.forDone(done.future());
  }
}
