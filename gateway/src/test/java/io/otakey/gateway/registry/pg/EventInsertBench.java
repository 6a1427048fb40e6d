package io.otakey.gateway.registry.pg;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What it costs PostgreSQL that events stand in periods: the insert of a batch of commits into
 * {@code event}, and into a table of the same columns and key without partitions, by turns, in CPU
 * time of the one process that does it, which other work on the machine hardly moves.
 *
 * <p>Arguments: directory for the data (fresh), directory of the server's program, turns.
 */
public final class EventInsertBench {
  private static final int BATCH = 500;
  private static final int BATCHES = 60;
  private static final double TICKS_PER_SECOND = 100;

  private static final String INSERT =
      """
      insert into %s (kind, epoch, product_id, device_id, token)
      select 1, 1, 'product', 'device-' || n, decode('010101000000000500000000000000', 'hex')
      from generate_series(1, $1) n
      """;

  private EventInsertBench() {}

  /** Prints a line for each table, and their ratio. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Files.createDirectories(directory);
    EmbeddedDatabaseConfig config =
        new EmbeddedDatabaseConfig(directory, Path.of(arguments[1]), 256, 60);
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config)) {
      Vertx vertx = Vertx.vertx();
      Database database = Await.get(Database.open(vertx, server.endpoint(), PgTuning.DEFAULT));
      run(Await.get(database.admin().getConnection()), Integer.parseInt(arguments[2]));
      Await.get(database.close());
      Await.get(vertx.close());
    }
  }

  private static void run(SqlConnection client, int turns) throws IOException {
    Await.get(client.query("create table plain (like event including defaults)").execute());
    Await.get(client.query("alter table plain add primary key (tx, id)").execute());
    long pid =
        Await.get(client.query("select pg_backend_pid()").execute())
            .iterator()
            .next()
            .getInteger(0);
    List<Double> plain = new ArrayList<>();
    List<Double> periods = new ArrayList<>();
    for (int turn = 0; turn <= turns; turn++) {
      double one = micros(client, pid, "plain");
      double other = micros(client, pid, "event");
      if (turn > 0) { // the first warms up
        plain.add(one);
        periods.add(other);
      }
    }
    double before = median(plain);
    double now = median(periods);
    System.out.printf(
        Locale.ROOT, "insert of an event, one table   %.2f us of CPU a row%n", before);
    System.out.printf(Locale.ROOT, "insert of an event, periods     %.2f us of CPU a row%n", now);
    System.out.printf(Locale.ROOT, "ratio                           %.2f%n", now / before);
  }

  private static double micros(SqlConnection client, long pid, String table) throws IOException {
    double before = cpuSeconds(pid);
    for (int i = 0; i < BATCHES; i++) {
      Await.get(client.preparedQuery(INSERT.formatted(table)).execute(Tuple.of(BATCH)));
    }
    return (cpuSeconds(pid) - before) * 1e6 / (BATCH * BATCHES);
  }

  private static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
