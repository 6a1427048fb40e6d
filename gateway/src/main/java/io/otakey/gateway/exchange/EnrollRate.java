package io.otakey.gateway.exchange;

import io.otakey.gateway.registry.Product;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Enrollments per minute of each product on this node: an even pace with bursts of a tenth of a
 * minute. Thread-safe; holds one entry per product that has a rate.
 */
final class EnrollRate {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
  private static final long BURST = MINUTE / 10;

  private final LongSupplier nanoTime;

  /** When the product's next enrollment would be due at an even pace. */
  private final ConcurrentHashMap<String, Long> due = new ConcurrentHashMap<>();

  EnrollRate(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  boolean admit(Product product) {
    if (product.policy().perMinute().isEmpty()) {
      return true;
    }
    long interval = MINUTE / product.policy().perMinute().getAsInt();
    long now = nanoTime.getAsLong();
    boolean[] admitted = {false};
    due.compute(
        product.id(),
        (id, last) -> {
          long next = last == null ? now : last;
          admitted[0] = next - now <= BURST;
          long from = next - now > 0 ? next : now;
          return admitted[0] ? from + interval : next;
        });
    return admitted[0];
  }
}
