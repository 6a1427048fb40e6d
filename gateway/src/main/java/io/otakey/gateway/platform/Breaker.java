package io.otakey.gateway.platform;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Leaves a platform alone that failed three times in a row: for five seconds, then twice as long
 * each time, a minute at most. After the pause one call may find out. Thread-safe.
 */
final class Breaker {
  static final int TRIPS_AFTER = 3;

  private static final long FIRST = Duration.ofSeconds(5).toNanos();
  private static final long LONGEST = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoTime;
  private int failures;
  private long pause = FIRST;
  private long openedAt;
  private boolean open;
  private boolean probing;

  Breaker(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether calls would be refused now. */
  synchronized boolean isOpen() {
    return open && (probing || nanoTime.getAsLong() - openedAt < pause);
  }

  /** Whether a call may be made; whoever makes it says how it went. */
  synchronized boolean admit() {
    if (isOpen()) {
      return false;
    }
    probing = open;
    return true;
  }

  synchronized void succeeded() {
    failures = 0;
    pause = FIRST;
    open = false;
    probing = false;
  }

  synchronized void failed() {
    failures++;
    if (open) {
      pause = probing ? Math.min(2 * pause, LONGEST) : pause;
    }
    if (open || failures >= TRIPS_AFTER) {
      open = true;
      probing = false;
      openedAt = nanoTime.getAsLong();
    }
  }
}
