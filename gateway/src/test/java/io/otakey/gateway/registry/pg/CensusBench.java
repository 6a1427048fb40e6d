package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.census.CensusLedger;
import io.otakey.gateway.census.Reading;
import io.otakey.gateway.metric.Metric;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Measures how long one node counts a fleet, on the embedded database.
 *
 * <p>Arguments: directory for the data (fresh), directory of the server's programs, devices.
 */
public final class CensusBench {
  private static final int ROUNDS = 5;

  private CensusBench() {}

  /** Prints a line for each round, the first one with nothing in the server's cache. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Files.createDirectories(directory);
    int devices = Integer.parseInt(arguments[2]);
    var config = new EmbeddedDatabaseConfig(directory, Path.of(arguments[1]), 512, 60);
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config)) {
      Vertx vertx = Vertx.vertx();
      PgRegistry registry =
          Await.get(
              PgRegistry.open(
                  vertx, server.endpoint(), PgTuning.DEFAULT, new SimpleMeterRegistry()));
      Database database = Await.get(Database.open(vertx, server.endpoint(), PgTuning.DEFAULT));
      fill(database, devices);
      measure(registry.census(), devices);
      Await.get(database.close());
      Await.get(registry.close());
      Await.get(vertx.close());
    }
  }

  private static void fill(Database database, int devices) {
    Await.get(
        database
            .admin()
            .preparedQuery(
                "insert into device (product_id, device_id, status, epoch, token, committed_at,"
                    + " last_seen) select 'p-' || i % 20, 'sn-' || lpad(i::text, 10, '0'), 2, 1,"
                    + " '\\x010101010000000011223344556677'::bytea,"
                    + " now() - random() * interval '3 years', now() - random() * interval '60 days'"
                    + " from generate_series(1, $1) i")
            .execute(Tuple.of(devices)));
    Await.get(database.admin().query("vacuum analyze device").execute());
  }

  private static void measure(CensusLedger census, int devices) {
    for (int i = 0; i < ROUNDS; i++) {
      long begun = System.nanoTime();
      List<Reading> all = Await.get(census.count());
      double seconds = (System.nanoTime() - begun) / 1e9;
      double counted =
          all.stream()
              .filter(reading -> reading.metric() == Metric.DEVICES)
              .mapToDouble(Reading::value)
              .sum();
      if (counted != devices) {
        throw new AssertionError(counted + " of " + devices + " counted");
      }
      System.out.printf(
          Locale.ROOT,
          "census of %,d devices of 20 products: %.2f s, %d numbers%n",
          devices,
          seconds,
          all.size());
    }
  }
}
