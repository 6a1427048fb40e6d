package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.batch.BatcherConfig;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.Observation;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * What a device and its events take of the embedded database's disk, and what a commit writes to
 * its log. Bytes, so it does not matter what else the machine does.
 *
 * <p>Arguments: directory for the data (fresh), directory of the server's programs, devices.
 */
public final class SizeBench {
  private static final int ROTATIONS = 6;
  private static final int OUTSTANDING = 2000;
  private static final int CHUNK = 10_000;
  private static final String PRODUCT = "meter";

  private static final String LOG = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8";

  private static final String SIZE_OF_EVENTS =
      "select sum(pg_total_relation_size(relid))::int8 from pg_partition_tree('event')";

  private final PgRegistry registry;
  private final Database database;
  private final int devices;

  private SizeBench(PgRegistry registry, Database database, int devices) {
    this.registry = registry;
    this.database = database;
    this.devices = devices;
  }

  /** Prints a line for the enrollments and for each rotation of all devices. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Files.createDirectories(directory);
    var config = new EmbeddedDatabaseConfig(directory, Path.of(arguments[1]), 256, 60);
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config)) {
      Vertx vertx = Vertx.vertx();
      var patient =
          new BatcherConfig(2, 500, Duration.ofMillis(4), 100_000, Duration.ofMinutes(10), 16);
      var tuning = new PgTuning(patient, PgTuning.DEFAULT.counted(), patient, 4);
      PgRegistry registry =
          Await.get(PgRegistry.open(vertx, server.endpoint(), tuning, new SimpleMeterRegistry()));
      Database database = Await.get(Database.open(vertx, server.endpoint(), tuning));
      Fixture.product(registry, PRODUCT, Fixture.OPEN);
      new SizeBench(registry, database, Integer.parseInt(arguments[2])).run();
      Await.get(database.close());
      Await.get(registry.close());
      Await.get(vertx.close());
    }
  }

  private void run() throws InterruptedException {
    round("enrolled", Keys::enrolled);
    for (int i = 1; i <= ROTATIONS; i++) {
      long epoch = i + 1L;
      GrantToken grant = Keys.grant(GrantToken.Kind.ROTATE, i, i);
      round("rotated, " + i, ref -> Keys.use(ref, epoch, grant));
    }
    heard("heard of", 1);
    heard("1 of 100", 100);
  }

  /** One device of so many is heard of a day after the last time, all since one checkpoint. */
  private void heard(String what, int oneOf) {
    sql("update device set last_seen = now() - interval '1 day'");
    sql("vacuum analyze");
    sql("checkpoint");
    long log = number(LOG);
    int heard = 0;
    for (int i = 0; i < devices; i += oneOf) {
      registry.devices().observe(device(i), Observation.SEEN);
      if (++heard % CHUNK == 0) {
        Await.get(registry.flush());
      }
    }
    Await.get(registry.flush());
    long wrote = number(LOG) - log;
    String seen = "select count(*) from device where last_seen > now() - interval '1 hour'";
    if (number(seen) != heard) {
      throw new AssertionError("not every device was heard of");
    }
    System.out.printf(Locale.ROOT, "%-12s log a device %5.0f%n", what, (double) wrote / heard);
  }

  private void round(String what, Function<DeviceRef, KeyUse> key) throws InterruptedException {
    sql("checkpoint");
    long log = number(LOG);
    long events = number("select count(*) from event");
    confirm(key);
    long wrote = number(LOG) - log;
    if (number("select count(*) from event") - events != devices) {
      throw new AssertionError("not one event for each device");
    }
    sql("vacuum analyze");
    System.out.printf(
        Locale.ROOT,
        "%-12s a device's row %4.0f bytes, its index %4.0f; an event %4.0f; log a commit %5.0f%n",
        what,
        (double) number("select pg_table_size('device')") / devices,
        (double) number("select pg_indexes_size('device')") / devices,
        (double) number(SIZE_OF_EVENTS) / (events + devices),
        (double) wrote / devices);
  }

  private void confirm(Function<DeviceRef, KeyUse> key) throws InterruptedException {
    Semaphore free = new Semaphore(OUTSTANDING);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < devices; i++) {
      free.acquire();
      registry
          .devices()
          .confirm(key.apply(device(i)))
          .compose(SizeBench::committed)
          .onFailure(failure::set)
          .onComplete(done -> free.release());
    }
    free.acquire(OUTSTANDING);
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }

  /** Spread over the index as real identifiers are; eleven characters. */
  private static DeviceRef device(int i) {
    return new DeviceRef(PRODUCT, String.format(Locale.ROOT, "sn-%08x", i * 0x9E3779B1));
  }

  private static Future<Void> committed(Decision decision) {
    return decision.verdict() == Verdict.COMMIT
        ? Future.succeededFuture()
        : Future.failedFuture("verdict " + decision.verdict());
  }

  private void sql(String statement) {
    Await.get(database.admin().query(statement).execute());
  }

  private long number(String query) {
    return Await.get(database.admin().query(query).execute()).iterator().next().getLong(0);
  }
}
