package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.Resource;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.SecurityEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Security events on their way into the table, about once a second. Of a product at most {@link
 * #PER_MINUTE} are stored in a minute by one node: whoever holds a product key could fill the disk
 * otherwise. The others are counted, and one event tells how many they were. While the database is
 * away they wait, and no new minute begins. Thread-safe; {@link #note} never blocks.
 */
final class SecurityWriter {
  static final int PER_MINUTE = 120;
  static final int MAX_WAITING = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(SecurityWriter.class);
  private static final long EVERY_MS = 1000;
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final int CHUNK = 1000;

  private static final String WRITE =
      """
      insert into event (at, kind, product_id, device_id, reason, count)
      select now() - age * interval '1 ms', kind, product_id, device_id, reason, count
      from unnest($1::int8[], $2::int2[], $3::text[], $4::text[], $5::int2[], $6::int8[])
        as e(age, kind, product_id, device_id, reason, count)
      """;

  /** A row to be, and when it happened. */
  private record Noted(
      long nanos,
      EventKind kind,
      String productId,
      @Nullable String deviceId,
      @Nullable Short reason,
      @Nullable Long count) {}

  /** Of one product in this minute. */
  private record Minute(int stored, long leftOut) {
    static final Minute FIRST = new Minute(1, 0);

    Minute another() {
      return stored < PER_MINUTE ? new Minute(stored + 1, leftOut) : withoutOne();
    }

    Minute withoutOne() {
      return new Minute(stored, leftOut + 1);
    }
  }

  private final Vertx vertx;
  private final Pool pool;
  private final LongSupplier nanoTime;
  private final Counter leftOut;
  private final Counter full;
  private final Map<String, Minute> minutes = new ConcurrentHashMap<>();
  private final Deque<Noted> waiting = new ArrayDeque<>();
  private final long timer;
  private long minuteBegan;
  private Future<Void> running = Future.succeededFuture();

  SecurityWriter(Vertx vertx, Pool pool, MeterRegistry meters, LongSupplier nanoTime) {
    this.vertx = vertx;
    this.pool = pool;
    this.nanoTime = nanoTime;
    this.full = Resource.SECURITY_EVENTS.refused(meters);
    Resource.SECURITY_EVENTS.show(meters, this, SecurityWriter::waiting, MAX_WAITING);
    this.leftOut = Metric.SECURITY_EVENTS_LEFT_OUT.counter(meters);
    this.minuteBegan = nanoTime.getAsLong();
    this.timer = vertx.setPeriodic(EVERY_MS, id -> flush());
  }

  void note(SecurityEvent event) {
    String productId = event.ref().productId();
    Minute minute = minutes.merge(productId, Minute.FIRST, (now, one) -> now.another());
    if (minute.leftOut() > 0) {
      leftOut.increment();
      return;
    }
    Noted noted =
        new Noted(
            nanoTime.getAsLong(),
            event.kind(),
            productId,
            event.ref().deviceId(),
            event.reason().map(Codes::ofRefusal).orElse(null),
            null);
    if (!offer(noted)) {
      leftOut.increment();
      full.increment();
      minutes.merge(productId, new Minute(1, 1), (now, one) -> now.withoutOne());
    }
  }

  /** Writes what waits, after what is being written; what fails waits on. */
  synchronized Future<Void> flush() {
    running = running.transform(done -> writeAll());
    return running;
  }

  Future<Void> close() {
    vertx.cancelTimer(timer);
    return flush();
  }

  private synchronized int waiting() {
    return waiting.size();
  }

  private synchronized boolean offer(Noted noted) {
    return waiting.size() < MAX_WAITING && waiting.add(noted);
  }

  private Future<Void> writeAll() {
    List<Noted> chunk = next();
    if (chunk.isEmpty()) {
      return Future.succeededFuture();
    }
    return pool.preparedQuery(WRITE)
        .execute(values(chunk))
        .map(true)
        .otherwise(
            failure -> {
              LOG.warn("{} security events wait: {}", chunk.size(), failure.getMessage());
              return false;
            })
        .compose(
            written -> {
              if (!written) {
                return Future.succeededFuture();
              }
              drop(chunk.size());
              return writeAll();
            });
  }

  /** What to write next; they leave the queue when they are written. */
  private synchronized List<Noted> next() {
    if (waiting.isEmpty() && nanoTime.getAsLong() - minuteBegan >= MINUTE_NANOS) {
      turn();
    }
    return waiting.stream().limit(CHUNK).toList();
  }

  private synchronized void drop(int count) {
    for (int i = 0; i < count; i++) {
      waiting.remove();
    }
  }

  private void turn() {
    long now = nanoTime.getAsLong();
    for (String productId : List.copyOf(minutes.keySet())) {
      Optional.ofNullable(minutes.remove(productId))
          .filter(minute -> minute.leftOut() > 0)
          .ifPresent(
              minute ->
                  waiting.add(
                      new Noted(now, EventKind.LEFT_OUT, productId, null, null, minute.leftOut())));
    }
    minuteBegan = now;
  }

  private Tuple values(List<Noted> chunk) {
    long now = nanoTime.getAsLong();
    List<Long> ages = new ArrayList<>();
    List<Short> kinds = new ArrayList<>();
    List<String> productIds = new ArrayList<>();
    List<@Nullable String> deviceIds = new ArrayList<>();
    List<@Nullable Short> reasons = new ArrayList<>();
    List<@Nullable Long> counts = new ArrayList<>();
    for (Noted noted : chunk) {
      ages.add((now - noted.nanos()) / 1_000_000);
      kinds.add(Codes.of(noted.kind()));
      productIds.add(noted.productId());
      deviceIds.add(noted.deviceId());
      reasons.add(noted.reason());
      counts.add(noted.count());
    }
    return Tuple.of(
        ages.toArray(Long[]::new),
        kinds.toArray(Short[]::new),
        productIds.toArray(String[]::new),
        deviceIds.toArray(String[]::new),
        reasons.toArray(Short[]::new),
        counts.toArray(Long[]::new));
  }
}
