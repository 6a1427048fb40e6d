package io.otakey.gateway.admin;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Limits wrong tokens by source address. A token that was right lately gets through all the same,
 * so that a stranger behind the same address locks nobody out. Bounded; not thread-safe.
 */
final class FailedLogins {
  static final int PER_MINUTE = 10;
  static final int MAX_ADDRESSES = 10_000;

  private static final int MAX_TOKENS = 1000;
  private static final long WINDOW = TimeUnit.MINUTES.toNanos(1);
  private static final long TRUST = TimeUnit.MINUTES.toNanos(30);

  private final LongSupplier nanoTime;
  private final Map<String, Window> addresses = Sources.lastUsed(MAX_ADDRESSES);
  private final Map<String, Long> goodTokens = Sources.lastUsed(MAX_TOKENS);

  private record Window(long start, int failures) {}

  FailedLogins(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** How long an address has to wait before this token is looked at; 0 = not at all. */
  long secondsToWait(String address, String tokenHash) {
    long now = nanoTime.getAsLong();
    Window window = addresses.get(Sources.network(address));
    if (window == null || now - window.start() >= WINDOW || window.failures() < PER_MINUTE) {
      return 0;
    }
    Long good = goodTokens.get(tokenHash);
    if (good != null && now - good < TRUST) {
      return 0;
    }
    return TimeUnit.NANOSECONDS.toSeconds(WINDOW - (now - window.start())) + 1;
  }

  /** A wrong token came from the address. */
  void add(String address) {
    long now = nanoTime.getAsLong();
    addresses.merge(
        Sources.network(address),
        new Window(now, 1),
        (old, fresh) ->
            now - old.start() >= WINDOW ? fresh : new Window(old.start(), old.failures() + 1));
  }

  /** This token was right. */
  void remember(String tokenHash) {
    goodTokens.put(tokenHash, nanoTime.getAsLong());
  }

  int size() {
    return addresses.size();
  }
}
