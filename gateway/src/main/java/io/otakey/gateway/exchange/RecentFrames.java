package io.otakey.gateway.exchange;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which authentic frames were met lately, by their guard or mac: a set of fixed size, in which a
 * newcomer takes the place of one of the older. A frame that it forgot is taken for a new one, so
 * it fits where that does no harm. Takes eight bytes a frame and makes no garbage. Thread-safe,
 * without locks.
 */
final class RecentFrames {
  /** Places that a name can be in: side by side, in a line or two of a processor's cache. */
  private static final int WAYS = 8;

  private final AtomicLongArray names;
  private final int lines;

  /**
   * An empty one.
   *
   * @param capacity frames at most; a power of two, at least eight
   */
  RecentFrames(int capacity) {
    if (capacity < WAYS || Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("capacity must be a power of two from " + WAYS);
    }
    this.names = new AtomicLongArray(capacity);
    this.lines = capacity / WAYS;
  }

  /** Whether a frame with this guard or mac was met, as far as is remembered. */
  boolean contains(byte[] proof) {
    return contains(name(proof));
  }

  /** Takes a frame in; false if it was there. Two threads with one new frame may both hear true. */
  boolean add(byte[] proof) {
    long name = name(proof);
    if (contains(name)) {
      return false;
    }
    int first = line(name);
    for (int i = first; i < first + WAYS; i++) {
      if (names.getOpaque(i) == 0 && names.compareAndSet(i, 0, name)) {
        return true;
      }
    }
    names.setOpaque(first + ((int) (name >>> Integer.SIZE) & (WAYS - 1)), name);
    return true;
  }

  private boolean contains(long name) {
    int first = line(name);
    for (int i = first; i < first + WAYS; i++) {
      if (names.getOpaque(i) == name) {
        return true;
      }
    }
    return false;
  }

  /** The first eight bytes: random, whatever device and key. */
  private static long name(byte[] proof) {
    return ByteBuffer.wrap(proof).getLong();
  }

  private int line(long name) {
    return ((int) name & (lines - 1)) * WAYS;
  }
}
