package io.otakey.loadgen.stats;

import org.jspecify.annotations.Nullable;

/** How many devices were pushed a proven NOTICE, and when. Not thread-safe. */
public final class Pushes {
  private long devices;
  private long first = Long.MAX_VALUE;
  private long last;

  /** One more, at this time in milliseconds since 1970. */
  public void add(long at) {
    devices++;
    first = Math.min(first, at);
    last = Math.max(last, at);
  }

  /** Adds those of another lane. */
  public void add(Pushes other) {
    devices += other.devices;
    first = Math.min(first, other.first);
    last = Math.max(last, other.last);
  }

  /** What came to pass; null if there was none. */
  public Result.@Nullable Pushed summary() {
    return devices == 0 ? null : new Result.Pushed(devices, first, last);
  }
}
