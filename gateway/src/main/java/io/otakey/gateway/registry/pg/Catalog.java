package io.otakey.gateway.registry.pg;

import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.Product;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.pubsub.PgChannel;
import io.vertx.pgclient.pubsub.PgSubscriber;
import io.vertx.sqlclient.Pool;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Products, connections and platforms in memory, all of them, as one immutable snapshot. The
 * database tells of changes. Whether it can is asked twice a second on the connection that listens;
 * while that does not answer, the snapshot is read again as often, and now and then in any case. So
 * it is at most a second and one reading old.
 */
final class Catalog {
  private static final Logger log = LoggerFactory.getLogger(Catalog.class);
  private static final String CHANNEL = "otakey_product";
  private static final long TICK_MS = 500;
  private static final long REFRESH_ANYWAY_TICKS = 60;
  private static final long COALESCE_MS = 10;
  private static final long RECONNECT_MS = 500;
  private static final String STILL_THERE = "select 'the connection that listens is there'";

  /** Everything, by id in order. */
  record Snapshot(
      long number,
      Map<String, Product> products,
      Map<Integer, Connections.Stored> connections,
      Map<String, Platform> platforms,
      Set<String> inCampaign) {}

  private final Vertx vertx;
  private final Pool pool;
  private final PgSubscriber subscriber;
  private final AtomicLong loads = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final long timer;
  private volatile Snapshot snapshot = new Snapshot(0, Map.of(), Map.of(), Map.of(), Set.of());
  private final AtomicBoolean unanswered = new AtomicBoolean();
  private volatile boolean listening;
  private volatile long ticks;

  Catalog(Vertx vertx, Pool pool, PgConnectOptions listenOptions) {
    this.vertx = vertx;
    this.pool = pool;
    this.subscriber = PgSubscriber.subscriber(vertx, listenOptions);
    this.timer = vertx.setPeriodic(TICK_MS, id -> tick());
  }

  /** Loads the first snapshot and listens for changes. */
  Future<Void> start() {
    PgChannel channel = subscriber.channel(CHANNEL);
    channel.handler(payload -> refreshSoon());
    channel.subscribeHandler(
        v -> {
          listening = true;
          Database.quiet(subscriber.actualConnection());
          refreshSoon();
        });
    channel.endHandler(v -> listening = false);
    subscriber.closeHandler(v -> listening = false);
    subscriber.reconnectPolicy(
        retries -> {
          listening = false;
          return RECONNECT_MS;
        });
    return subscriber.connect().compose(v -> refresh());
  }

  Snapshot snapshot() {
    return snapshot;
  }

  /** Completes when the snapshot holds everything committed before the call. */
  Future<Void> refresh() {
    long number = loads.incrementAndGet();
    return Future.all(
            ProductSql.all(pool).map(Catalog::byId),
            ConnectionSql.all(pool).map(Catalog::byNumber),
            PlatformRows.all(pool),
            CampaignRows.productsOfRunning(pool))
        .map(
            loaded -> {
              publish(
                  new Snapshot(
                      number,
                      loaded.resultAt(0),
                      loaded.resultAt(1),
                      loaded.resultAt(2),
                      loaded.resultAt(3)));
              return null;
            });
  }

  Future<Void> close() {
    vertx.cancelTimer(timer);
    return subscriber.close();
  }

  private synchronized void publish(Snapshot fresh) {
    if (fresh.number > snapshot.number) {
      snapshot = fresh;
    }
  }

  private void tick() {
    long now = ticks + 1;
    ticks = now;
    if (!listening || unanswered.get() || now % REFRESH_ANYWAY_TICKS == 0) {
      refreshSoon();
    }
    if (listening && unanswered.compareAndSet(false, true)) {
      ask();
    }
  }

  /**
   * A connection that a network dropped without a word would be waited at for ever. What the
   * database had to tell comes before its answer.
   */
  private void ask() {
    try {
      subscriber
          .actualConnection()
          .query(STILL_THERE)
          .execute()
          .onComplete(answered -> unanswered.set(false));
    } catch (RuntimeException e) {
      unanswered.set(false); // it was closed meanwhile, and is opened again
    }
  }

  /** Times it looked whether it is told of changes; for tests, which count no seconds. */
  long ticks() {
    return ticks;
  }

  private void refreshSoon() {
    if (scheduled.compareAndSet(false, true)) {
      vertx.setTimer(
          COALESCE_MS,
          id -> {
            scheduled.set(false);
            refresh()
                .onFailure(failure -> log.debug("products not read: {}", failure.getMessage()));
          });
    }
  }

  private static Map<String, Product> byId(Iterable<Product> products) {
    Map<String, Product> map = new LinkedHashMap<>();
    products.forEach(product -> map.put(product.id(), product));
    return map;
  }

  private static Map<Integer, Connections.Stored> byNumber(Iterable<Connections.Stored> stored) {
    Map<Integer, Connections.Stored> map = new LinkedHashMap<>();
    stored.forEach(connection -> map.put(connection.id(), connection));
    return map;
  }
}
