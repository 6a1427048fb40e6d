package io.otakey.gateway.transport;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Closes connections that sent no well-formed frame in time (protocol section 8). On a crowded node
 * time grows short, and those on which no key has shown who is there are closed, too: whoever
 * occupies connections cannot keep devices out. One for each listener instance; everything on its
 * event loop.
 */
public final class Newcomers {
  private static final long TICK_MILLIS = 500;

  /** Share of a node's connections in use up to which there is room for all. */
  private static final double CROWDED = 0.5;

  /** What the fullest node leaves, which a device needs for a handshake and a round trip. */
  private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long patienceNanos;
  private final DoubleSupplier fill;
  private final LongSupplier nanoTime;
  private final Runnable counter;

  /** In the order in which they came, the oldest first; as many as are open at most. */
  private final Set<Newcomer> silent = new LinkedHashSet<>();

  /** As {@link #silent}: they sent frames, but no key showed who they are. */
  private final Set<Newcomer> strangers = new LinkedHashSet<>();

  /** A connection that is not known yet. */
  public final class Newcomer {
    private final Runnable close;
    private long since;
    private boolean known;

    private Newcomer(Runnable close) {
      this.close = close;
      this.since = nanoTime.getAsLong();
    }

    /**
     * It sent a well-formed frame.
     *
     * @param authentic whether the key of a product or device was right
     */
    public void spoke(boolean authentic) {
      if (known) {
        return;
      }
      boolean first = silent.remove(this);
      if (authentic) {
        known = true;
        strangers.remove(this);
      } else if (first) {
        since = nanoTime.getAsLong();
        strangers.add(this);
      }
    }

    /** It is closed. */
    public void closed() {
      silent.remove(this);
      strangers.remove(this);
    }
  }

  /**
   * @param patience with a connection that says nothing while the node is not crowded
   * @param fill share of the node's connections that is in use, 0 to 1
   * @param counter told of every connection that is closed here
   */
  public Newcomers(
      Duration patience, DoubleSupplier fill, LongSupplier nanoTime, Runnable counter) {
    this.patienceNanos = patience.toNanos();
    this.fill = fill;
    this.nanoTime = nanoTime;
    this.counter = counter;
  }

  /** Starts to look; call it on the event loop that the connections are on. */
  public long start(Vertx vertx) {
    return vertx.setPeriodic(TICK_MILLIS, id -> look());
  }

  /** Watches a connection from now on. */
  public Newcomer watch(Runnable close) {
    Newcomer newcomer = new Newcomer(close);
    silent.add(newcomer);
    return newcomer;
  }

  void look() {
    double now = fill.getAsDouble();
    close(silent, patience(now));
    if (now > CROWDED) {
      close(strangers, patience(now));
    }
  }

  /** The less, the fuller: more places than there are cannot be held by opening new ones. */
  private long patience(double filled) {
    if (filled <= CROWDED) {
      return patienceNanos;
    }
    long left = (long) (patienceNanos * (1 - filled) / (1 - CROWDED));
    return Math.max(left, Math.min(LEAST_NANOS, patienceNanos));
  }

  private void close(Set<Newcomer> from, long patience) {
    long now = nanoTime.getAsLong();
    List<Newcomer> late = new ArrayList<>();
    for (Newcomer newcomer : from) {
      if (now - newcomer.since < patience) {
        break; // and so are all that came later
      }
      late.add(newcomer);
    }
    for (Newcomer newcomer : late) {
      newcomer.closed();
      counter.run();
      newcomer.close.run();
    }
  }
}
