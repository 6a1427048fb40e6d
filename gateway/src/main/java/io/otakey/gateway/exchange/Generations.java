package io.otakey.gateway.exchange;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BinaryOperator;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * A bounded memory that forgets: two maps, the older of which is dropped when the younger is full
 * or old. An entry lives for one to two periods unless there are too many. Thread-safe; locks only
 * to turn.
 */
final class Generations<K, V> {
  private final int capacity;
  private final long periodNanos;
  private final LongSupplier nanoTime;
  private volatile Pair<K, V> pair;

  private record Pair<K, V>(
      ConcurrentHashMap<K, V> young, ConcurrentHashMap<K, V> old, long since) {}

  /**
   * @param capacity entries at most, both maps together
   * @param periodNanos how long an entry lives at least while there is room
   */
  Generations(int capacity, long periodNanos, LongSupplier nanoTime) {
    this.capacity = capacity;
    this.periodNanos = periodNanos;
    this.nanoTime = nanoTime;
    this.pair =
        new Pair<>(new ConcurrentHashMap<>(), new ConcurrentHashMap<>(), nanoTime.getAsLong());
  }

  Optional<V> get(K key) {
    Pair<K, V> now = pair;
    if (isOld(now)) {
      now = turn();
    }
    V value = now.young().get(key);
    return Optional.ofNullable(value != null ? value : now.old().get(key));
  }

  void put(K key, V value) {
    present().young().put(key, value);
  }

  /** Puts the value, or what {@code merge} makes of the one there and it; returns the new one. */
  V merge(K key, V value, BinaryOperator<V> merge) {
    Pair<K, V> now = present();
    V older = now.old().get(key);
    if (older != null) {
      now.young().putIfAbsent(key, older);
    }
    return now.young().merge(key, value, merge);
  }

  /** Puts the value, or what {@code merge} makes of this period's and it. */
  void add(K key, V value, BinaryOperator<V> merge) {
    present().young().merge(key, value, merge);
  }

  /** What was added in this period and in the one before, each if anything was. */
  List<V> recent(K key) {
    Pair<K, V> now = present();
    return Stream.of(now.old(), now.young())
        .map(generation -> generation.get(key))
        .filter(Objects::nonNull)
        .toList();
  }

  int size() {
    Pair<K, V> now = pair;
    return now.young().size() + now.old().size();
  }

  private Pair<K, V> present() {
    Pair<K, V> now = pair;
    return isSpent(now) ? turn() : now;
  }

  private synchronized Pair<K, V> turn() {
    if (isSpent(pair)) {
      // As large as the last one became: growing is what costs.
      ConcurrentHashMap<K, V> fresh = new ConcurrentHashMap<>(pair.young().size());
      boolean bothAreOld = nanoTime.getAsLong() - pair.since() > 2 * periodNanos;
      ConcurrentHashMap<K, V> old = bothAreOld ? new ConcurrentHashMap<>() : pair.young();
      pair = new Pair<>(fresh, old, nanoTime.getAsLong());
    }
    return pair;
  }

  private boolean isSpent(Pair<K, V> now) {
    return isOld(now) || now.young().mappingCount() >= capacity / 2;
  }

  private boolean isOld(Pair<K, V> now) {
    return nanoTime.getAsLong() - now.since() > periodNanos;
  }
}
