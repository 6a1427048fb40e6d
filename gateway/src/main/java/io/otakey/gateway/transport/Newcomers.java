package io.otakey.gateway.transport;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Closes connections that sent no well-formed frame in time (protocol section 8). One for each
 * listener instance; everything on its event loop.
 */
public final class Newcomers {
  private static final long TICK_MILLIS = 500;

  private final long patienceNanos;
  private final Runnable counter;
  private final ArrayDeque<Newcomer> waiting = new ArrayDeque<>();

  /** A connection that has yet to say something. */
  public static final class Newcomer {
    private final long deadline;
    private Optional<Runnable> close;

    private Newcomer(long deadline, Runnable close) {
      this.deadline = deadline;
      this.close = Optional.of(close);
    }

    /** It sent a well-formed frame, or is closed: leave it alone. */
    public void settled() {
      close = Optional.empty();
    }
  }

  /**
   * @param counter told of every connection that is closed here
   */
  public Newcomers(Duration patience, Runnable counter) {
    this.patienceNanos = patience.toNanos();
    this.counter = counter;
  }

  /** Starts to look; call it on the event loop that the connections are on. */
  public long start(Vertx vertx) {
    return vertx.setPeriodic(TICK_MILLIS, id -> closeLate());
  }

  /** Watches a connection from now on. */
  public Newcomer watch(Runnable close) {
    Newcomer newcomer = new Newcomer(System.nanoTime() + patienceNanos, close);
    waiting.addLast(newcomer);
    return newcomer;
  }

  private void closeLate() {
    long now = System.nanoTime();
    while (!waiting.isEmpty() && now - waiting.peekFirst().deadline >= 0) {
      Newcomer late = waiting.removeFirst();
      late.close.ifPresent(
          close -> {
            counter.run();
            close.run();
          });
    }
  }
}
