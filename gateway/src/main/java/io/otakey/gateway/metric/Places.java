package io.otakey.gateway.metric;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** So many of a resource and no more, shown and counted as {@link Resource}. Any thread. */
public final class Places {
  private final AtomicInteger taken = new AtomicInteger();
  private final int limit;
  private final Counter refused;

  /**
   * All are free.
   *
   * @param limit 1 or more
   */
  public Places(Resource resource, int limit, MeterRegistry meters) {
    this.limit = limit;
    this.refused = resource.refused(meters);
    resource.show(meters, taken, AtomicInteger::get, limit);
  }

  /** Takes one, which has to be given back; false, and counted, if there is none. */
  public boolean take() {
    if (taken.incrementAndGet() <= limit) {
      return true;
    }
    taken.decrementAndGet();
    refused.increment();
    return false;
  }

  /** Gives back one that was taken. */
  public void give() {
    taken.decrementAndGet();
  }
}
