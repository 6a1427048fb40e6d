package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.batch.BatcherConfig;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Measures the statement behind CONFIRM against a plain update of as many rows, and bulk
 * registration, on the embedded database, everything durable.
 *
 * <p>Arguments: directory for the data (fresh), directory of the server's program, rows.
 */
public final class CommitBench {
  private static final Actor ACTOR = new Actor("bench", "local");
  private static final int BATCH = 500;
  private static final int LANES = 2;
  private static final int OUTSTANDING = 2 * BATCH * LANES;
  private static final int CHUNK = 2000;

  private static final String PLAIN_UPDATE =
      """
      update plain p set epoch = i.epoch, token = i.token, attempt = i.attempt
      from unnest($1::text[], $2::text[], $3::int8[], $4::bytea[], $5::int4[])
        as i(product_id, device_id, epoch, token, attempt)
      where p.product_id = i.product_id and p.device_id = i.device_id
      """;

  private final PgRegistry registry;
  private final Database database;

  private CommitBench(PgRegistry registry, Database database) {
    this.registry = registry;
    this.database = database;
  }

  /** Runs all measurements and prints a line for each. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    int rows = Integer.parseInt(arguments[2]);
    Files.createDirectories(directory);
    var config = new EmbeddedDatabaseConfig(directory, Path.of(arguments[1]), 512, 60);
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config)) {
      Vertx vertx = Vertx.vertx();
      var lanes =
          new BatcherConfig(
              LANES, BATCH, Duration.ofMillis(1), 100_000, Duration.ofSeconds(60), 16);
      var tuning = new PgTuning(lanes, PgTuning.DEFAULT.counted(), lanes, 4);
      PgRegistry registry =
          Await.get(PgRegistry.open(vertx, server.endpoint(), tuning, new SimpleMeterRegistry()));
      Database database = Await.get(Database.open(vertx, server.endpoint(), tuning));
      new CommitBench(registry, database).run(rows);
      Await.get(database.close());
      Await.get(registry.close());
      Await.get(vertx.close());
    }
  }

  private void run(int rows) throws InterruptedException {
    Fixture.product(registry, "warm", Fixture.OPEN);
    Fixture.product(registry, "open", Fixture.OPEN);
    Fixture.product(registry, "quota", Fixture.quota(100_000_000));
    Fixture.product(registry, "listed", EnrollmentPolicy.DEFAULT);
    confirm("warm-up", "warm", Math.min(rows, 50_000));
    double confirmed = confirm("CONFIRM, first enrollments", "open", rows);
    double updated = plainUpdate(rows);
    System.out.printf(
        Locale.ROOT, "%-44s %10.2f%n", "ratio CONFIRM / plain update", confirmed / updated);
    confirm("CONFIRM under a quota", "quota", rows / 2);
    poll("POLL, reads", "open", rows);
    preRegister(rows);
    confirm("CONFIRM of registered devices", "listed", rows);
  }

  private static DeviceRef device(String product, int i) {
    // Spread over the index as real identifiers are.
    return new DeviceRef(product, Long.toHexString(i * 0x9E3779B97F4A7C15L));
  }

  private double confirm(String what, String product, int rows) throws InterruptedException {
    return measure(
        what,
        rows,
        1,
        OUTSTANDING,
        i ->
            registry
                .devices()
                .confirm(Keys.enrolled(device(product, i)))
                .compose(decision -> expect(decision, Verdict.COMMIT)));
  }

  private void poll(String what, String product, int rows) throws InterruptedException {
    measure(
        what,
        rows,
        1,
        OUTSTANDING,
        i ->
            registry
                .devices()
                .poll(Keys.enrolled(device(product, i)))
                .compose(decision -> expect(decision, Verdict.CURRENT)));
  }

  private static Future<Void> expect(Decision decision, Verdict verdict) {
    return decision.verdict() == verdict
        ? Future.succeededFuture()
        : Future.failedFuture("verdict " + decision.verdict());
  }

  private double plainUpdate(int rows) throws InterruptedException {
    Pool pool = database.hot();
    Await.get(
        database
            .admin()
            .query(
                "create table plain (product_id text collate \"C\", device_id text collate \"C\","
                    + " epoch int8, token bytea, attempt int4, primary key (product_id, device_id))"
                    + " with (fillfactor = 85)")
            .execute());
    Await.get(
        database
            .admin()
            .query(
                "insert into plain select product_id, device_id, 0, token, 0 from device"
                    + " where product_id = 'open'")
            .execute());
    return measure(
        "plain update, unnest of " + BATCH,
        rows,
        BATCH,
        LANES,
        batch -> pool.preparedQuery(PLAIN_UPDATE).execute(plainBatch(batch)).mapEmpty());
  }

  private static Tuple plainBatch(int batch) {
    List<DeviceRef> devices =
        IntStream.range(batch * BATCH, (batch + 1) * BATCH)
            .mapToObj(i -> device("open", i))
            .sorted(Comparator.comparing(DeviceRef::deviceId))
            .toList();
    Buffer token = Buffer.buffer(Keys.enrolled(devices.get(0)).key().token().toBytes());
    return Tuple.tuple()
        .addArrayOfString(devices.stream().map(DeviceRef::productId).toArray(String[]::new))
        .addArrayOfString(devices.stream().map(DeviceRef::deviceId).toArray(String[]::new))
        .addArrayOfLong(devices.stream().map(d -> 1L).toArray(Long[]::new))
        .addArrayOfBuffer(devices.stream().map(d -> token).toArray(Buffer[]::new))
        .addArrayOfInteger(devices.stream().map(d -> 1).toArray(Integer[]::new));
  }

  private void preRegister(int rows) throws InterruptedException {
    DeviceAdministration administration = registry.administration();
    measure(
        "registration in chunks of " + CHUNK,
        rows,
        CHUNK,
        LANES,
        chunk -> {
          List<String> ids =
              IntStream.range(chunk * CHUNK, (chunk + 1) * CHUNK)
                  .mapToObj(i -> device("listed", i).deviceId())
                  .toList();
          return administration.preRegister(ACTOR, "listed", ids).mapEmpty();
        });
  }

  /** Keeps a number of operations outstanding; each counts for {@code each} rows. */
  private double measure(
      String what, int rows, int each, int outstanding, IntFunction<Future<Void>> operation)
      throws InterruptedException {
    Semaphore free = new Semaphore(outstanding);
    AtomicInteger failed = new AtomicInteger();
    List<String> firstFailure = new ArrayList<>();
    long cpu = processCpu();
    long begun = System.nanoTime();
    for (int i = 0; i < rows / each; i++) {
      free.acquire();
      operation
          .apply(i)
          .onComplete(
              done -> {
                if (done.failed() && failed.incrementAndGet() == 1) {
                  firstFailure.add(String.valueOf(done.cause()));
                }
                free.release();
              });
    }
    free.acquire(outstanding);
    double seconds = (System.nanoTime() - begun) / 1e9;
    double rate = rows / each * each / seconds;
    System.out.printf(
        Locale.ROOT,
        "%-44s %10.0f rows/s   client CPU %5.1f us/row   failed %d %s%n",
        what,
        rate,
        (processCpu() - cpu) / 1e3 / rows,
        failed.get(),
        firstFailure);
    return rate;
  }

  private static long processCpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
