package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.CampaignVerb;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.campaign.Pace;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.ProductSettings;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;
import java.util.function.IntSupplier;

/**
 * Measures what a campaign over many devices costs: planning, and the bookkeeping for each device,
 * on the embedded database, everything durable. Devices and their commits are made by statements.
 *
 * <p>Arguments: directory for the data (fresh), directory of the server's programs, devices.
 */
public final class CampaignBench {
  private static final Actor ACTOR = new Actor("bench", "local");
  private static final UUID NODE = UUID.randomUUID();
  private static final int WARM_UP = 100_000;
  private static final int CHUNK = 2000;
  private static final int EVENTS = 5000;
  private static final double TICKS = 100; // a second, as Linux counts CPU time

  private final PgRegistry registry;
  private final Database database;
  private final CampaignLedger ledger;
  private boolean isWarm;

  private CampaignBench(PgRegistry registry, Database database) {
    this.registry = registry;
    this.database = database;
    this.ledger = registry.campaignLedger();
  }

  /** Runs all measurements and prints a line for each. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Files.createDirectories(directory);
    var config = new EmbeddedDatabaseConfig(directory, Path.of(arguments[1]), 512, 60);
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config)) {
      Vertx vertx = Vertx.vertx();
      var tuning = PgTuning.DEFAULT;
      PgRegistry registry =
          Await.get(PgRegistry.open(vertx, server.endpoint(), tuning, new SimpleMeterRegistry()));
      Database database = Await.get(Database.open(vertx, server.endpoint(), tuning));
      new CampaignBench(registry, database).run(Integer.parseInt(arguments[2]));
      Await.get(database.close());
      Await.get(registry.close());
      Await.get(vertx.close());
    }
  }

  /** What it is compared with was measured warm. */
  private void run(int devices) {
    campaign("warm-up", WARM_UP);
    isWarm = true;
    campaign("p", devices);
  }

  private void campaign(String product, int devices) {
    var settings = new ProductSettings(product, EnrollmentPolicy.DEFAULT, 0);
    Await.get(registry.products().create(ACTOR, product, settings));
    sql(
        "insert into device (product_id, device_id, status, epoch, token, committed_at)"
            + " select $2, 'sn-' || lpad(i::text, 10, '0'), 2, 1,"
            + " '\\x010101010000000011223344556677'::bytea, now() from generate_series(1, $1) i",
        devices,
        product);
    sql("vacuum analyze device");
    Orders order =
        Orders.of(product).waves(1, 10).success(1).pace(Pace.constant(1000)).startsItself();
    long begin = System.nanoTime();
    Await.get(registry.campaigns().forecast(order.make()));
    say("dry run: %.1f s", seconds(begin));
    Lease lease = Await.get(ledger.lead(NODE)).orElseThrow();
    long id = Await.get(registry.campaigns().create(ACTOR, order.make())).id();
    begin = System.nanoTime();
    Await.get(ledger.plan(lease, campaign(id)));
    say("planning, in 3 waves: %.1f s", seconds(begin));
    Await.get(registry.campaigns().act(ACTOR, CampaignVerb.NEXT_WAVE, id));
    Await.get(registry.campaigns().act(ACTOR, CampaignVerb.NEXT_WAVE, id));
    Campaign campaign = campaign(id);
    measured("asking", devices, () -> Await.get(ledger.ask(lease, campaign, CHUNK)).devices());
    sql("update device set epoch = 2, version = version + 1 where product_id = $1", product);
    sql(
        "insert into event (kind, epoch, product_id, device_id, token) select 2, 2, product_id,"
            + " device_id, token from device where product_id = $1 order by random()",
        product);
    measured("taking note of", devices, () -> Await.get(ledger.absorb(lease, EVENTS)));
    long confirmed = campaign(id).total().of(MemberState.CONFIRMED);
    if (confirmed != devices) {
      throw new AssertionError(confirmed + " of " + devices + " confirmed");
    }
  }

  private void measured(String what, int devices, IntSupplier step) {
    double java = javaSeconds();
    double postgres = postgresSeconds();
    long begin = System.nanoTime();
    while (step.getAsInt() > 0) {
      // Until there are no more.
    }
    say(
        what + " a device: %.1f us CPU of PostgreSQL, %.1f of the gateway; %.0f devices/s",
        (postgresSeconds() - postgres) / devices * 1e6,
        (javaSeconds() - java) / devices * 1e6,
        devices / seconds(begin));
  }

  private static double javaSeconds() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  /** Of the backends that serve administration, which campaigns use, and of the server's own. */
  private double postgresSeconds() {
    double ticks = 0;
    for (var row :
        Await.get(database.admin().query("select pid from pg_stat_activity").execute())) {
      try {
        String stat = Files.readString(Path.of("/proc/" + row.getInteger(0) + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      } catch (IOException e) {
        // It has ended meanwhile.
      }
    }
    return ticks / TICKS;
  }

  private Campaign campaign(long id) {
    return Await.get(registry.campaigns().get(id)).orElseThrow();
  }

  private void sql(String statement, Object... values) {
    Await.get(
        database.admin().preparedQuery(statement).execute(Tuple.wrap(java.util.List.of(values))));
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  private void say(String format, Object... values) {
    if (isWarm) {
      System.out.println(String.format(Locale.ROOT, format, values));
    }
  }
}
