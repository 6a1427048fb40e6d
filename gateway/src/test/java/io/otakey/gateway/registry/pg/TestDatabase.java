package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.audit.AuditKeys;
import io.otakey.gateway.registry.ChangeLog;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A fresh database on the one embedded server of the test run, with registries open on it that log
 * in as a role that owns nothing.
 */
final class TestDatabase implements AutoCloseable {
  static final Path BINARIES = Path.of("target", "postgres-programs");

  /** Whom gateways log in as. */
  static final String GUEST = "otakey_gateway";

  /** One each, in transactions long ago whose numbers differ in length. */
  static final String EVENTS_OF_NINE_AND_TEN =
      "insert into event (tx, kind, product_id, device_id) values ('9', 12, 'p', 'dev-9'),"
          + " ('10', 12, 'p', 'dev-10')";

  /** Who waits for another transaction, to be counted. */
  static final String LOCK_AWAITED =
      "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

  private static final String PREFIX = "test-database-";
  private static final AtomicInteger NUMBER = new AtomicInteger();

  /** Starts with the first database. */
  private static final class Server {
    static final EmbeddedDatabase INSTANCE = server();

    /** At another database than its own, which the others are copies of: it is up to date. */
    static final Database BESIDE = beside();

    private static Database beside() {
      Vertx vertx = Vertx.vertx();
      PgEndpoint another = INSTANCE.endpoint().withDatabase("postgres");
      Database beside = Await.get(Database.open(vertx, another, PgTuning.DEFAULT));
      String guest = "create role " + GUEST + " login password '" + GUEST + "'";
      Await.get(beside.admin().query(guest).execute());
      Await.get(PgSchema.migrate(vertx, INSTANCE.endpoint(), Optional.of(GUEST)));
      return beside;
    }
  }

  final Vertx vertx = Vertx.vertx();
  final PgEndpoint endpoint; // of who owns it
  final PgEndpoint guest;
  private final Database database;
  private final List<PgRegistry> registries = new ArrayList<>();

  TestDatabase() {
    String name = "test_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
    String copy = "create database " + name + " template " + PostgresServer.DATABASE;
    Await.get(Server.BESIDE.admin().query(copy).execute());
    endpoint = Server.INSTANCE.endpoint().withDatabase(name);
    guest = PgEndpoint.local(endpoint.port(), name, GUEST, GUEST);
    database = Await.get(Database.open(vertx, endpoint, PgTuning.DEFAULT));
  }

  private static EmbeddedDatabase server() {
    discardThoseOfKilledRuns();
    Path directory = Path.of("target", PREFIX + ProcessHandle.current().pid());
    EmbeddedDatabase server =
        EmbeddedDatabase.start(new EmbeddedDatabaseConfig(directory, BINARIES, 256, 200));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    server.discard();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }));
    return server;
  }

  /** A run that was killed leaves its server running. */
  private static void discardThoseOfKilledRuns() {
    try (Stream<Path> directories = Files.list(Path.of("target"))) {
      for (Path directory : directories.filter(TestDatabase::isOfADeadRun).toList()) {
        new PostgresServer(PostgresBinaries.unpack(BINARIES), directory.resolve("cluster")).abort();
        PostgresBinaries.deleteTree(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOfADeadRun(Path directory) {
    String name = String.valueOf(directory.getFileName());
    return name.startsWith(PREFIX)
        && ProcessHandle.of(Long.parseLong(name.substring(PREFIX.length()))).isEmpty();
  }

  /** Another gateway on this database. */
  PgRegistry open() {
    return open(PgTuning.DEFAULT);
  }

  PgRegistry open(PgTuning tuning) {
    return added(Await.get(PgRegistry.open(vertx, guest, tuning, new SimpleMeterRegistry())));
  }

  /** Another gateway that seals entries of the audit log. */
  PgRegistry open(AuditKeys keys) {
    return added(
        Await.get(
            PgRegistry.open(
                vertx, guest, PgTuning.DEFAULT, ChangeLog.NONE, keys, new SimpleMeterRegistry())));
  }

  private PgRegistry added(PgRegistry registry) {
    registries.add(registry);
    return registry;
  }

  Database database() {
    return database;
  }

  List<Row> sql(String statement, Object... values) {
    return Await.get(database.admin().preparedQuery(statement).execute(Tuple.wrap(List.of(values))))
        .stream()
        .toList();
  }

  long count(String fromAndWhere, Object... values) {
    return sql("select count(*) from " + fromAndWhere, values).get(0).getLong(0);
  }

  /**
   * Waits until every transaction that is open now has ended, the server's own (autovacuum) too:
   * readers of events see none beyond the oldest one.
   */
  void olderTransactionsEnd() {
    String next = sql("select pg_snapshot_xmax(pg_current_snapshot())::text").get(0).getString(0);
    Await.until(
        "older transactions end",
        () ->
            sql("select pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8", next)
                .get(0)
                .getBoolean(0));
  }

  @Override
  public void close() {
    registries.forEach(registry -> Await.get(registry.close()));
    Await.get(database.close());
    Await.get(vertx.close());
  }
}
