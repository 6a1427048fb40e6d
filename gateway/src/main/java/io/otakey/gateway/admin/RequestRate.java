package io.otakey.gateway.admin;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Limits requests by source address, before a token is looked at: neither a script that runs wild
 * nor somebody who guesses takes the database from the others. Bounded; not thread-safe.
 */
final class RequestRate {
  static final int PER_SECOND = 300;
  static final int BURST = 3000;
  static final int MAX_ADDRESSES = 10_000;

  private static final double PER_NANO = (double) PER_SECOND / TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;
  private final Map<String, Left> addresses = Sources.lastUsed(MAX_ADDRESSES);

  private record Left(long at, double requests) {}

  RequestRate(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether one more request of this address is within its limit. */
  boolean admits(String address) {
    long now = nanoTime.getAsLong();
    String network = Sources.network(address);
    Left before = addresses.getOrDefault(network, new Left(now, BURST));
    double left = Math.min(BURST, before.requests() + (now - before.at()) * PER_NANO);
    boolean admitted = left >= 1;
    addresses.put(network, new Left(now, admitted ? left - 1 : left));
    return admitted;
  }

  int size() {
    return addresses.size();
  }
}
