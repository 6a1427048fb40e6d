package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventLog.Page;
import io.otakey.gateway.registry.Installation;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MigrationsTest {
  private final TestDatabase database = new TestDatabase();

  @AfterEach
  void close() {
    database.close();
  }

  private Future<PgRegistry> open() {
    return PgRegistry.open(
        database.vertx, database.endpoint, PgTuning.DEFAULT, new SimpleMeterRegistry());
  }

  @Test
  void open_onASchemaOfANewerGateway_isRefusedWithTheRemedy() {
    database.sql("insert into schema_version (version, name, checksum) values (99, 'new', 0)");
    assertThatThrownBy(() -> Await.get(open()))
        .isInstanceOf(NewerSchemaException.class)
        .hasMessageContaining("99")
        .hasMessageContaining("start a gateway at least as new");
  }

  @Test
  void open_onAMigrationOfOtherWording_isRefused() {
    database.sql("update schema_version set checksum = checksum + 1");
    assertThatThrownBy(() -> Await.get(open()))
        .isInstanceOf(DatabaseStartException.class)
        .hasMessageContaining("V001__registry.sql");
  }

  @Test
  void open_byTwoNodesAtOnce_appliesEachMigrationOnce() {
    database.sql("drop schema public cascade");
    database.sql("create schema public");
    Future<PgRegistry> first = open();
    Future<PgRegistry> second = open();
    Await.get(Await.get(first).close());
    Await.get(Await.get(second).close());
    assertThat(database.count("schema_version")).isEqualTo(Migrations.FILES.size());
  }

  @Test
  void open_onTheSchemaOfAnyEarlierGateway_bringsItUpToDateAndKeepsItsDevices() {
    for (int version = 1; version < Migrations.FILES.size(); version++) {
      database.sql("drop schema public cascade");
      database.sql("create schema public");
      Await.get(Migrations.apply(database.database().admin(), version));
      database.sql(
          "insert into event (epoch, kind, product_id, device_id, token)"
              + " values (1, 1, 'p', 'old', '\\x00')");
      database.sql("insert into device (product_id, device_id, status) values ('p', 'old', 1)");
      Await.get(Await.get(open()).close());
      assertThat(database.count("device where wanted_epoch = 0 and wanted_connection = 0"))
          .as("from version " + version)
          .isEqualTo(1);
      assertThat(database.count("event where device_id = 'old' and tx is not null")).isEqualTo(1);
      assertThat(database.count("duty where name in ('campaigns', 'webhooks', 'retention')"))
          .isEqualTo(3);
      database.sql("insert into event (kind, product_id) values (12, 'p')");
      long ids = database.sql("select count(distinct id) from event").get(0).getLong(0);
      assertThat(ids).as("ids go on").isEqualTo(2);
    }
  }

  /** How long nobody can write: 1,000,000 events with {@code -Dotakey.events=1000000}. */
  @Test
  void upgradeOfAFilledTable_isShort_andKeepsCursors() {
    int events = Integer.getInteger("otakey.events", 50_000);
    database.sql("drop schema public cascade");
    database.sql("create schema public");
    Await.get(Migrations.apply(database.database().admin(), 9));
    database.sql(
        "insert into event (epoch, kind, product_id, device_id, token) select 1, 1, 'p', 'd' || n,"
            + " decode('010101000000000500000000000000', 'hex') from generate_series(1, $1) n",
        events);
    database.sql("insert into audit (actor, address, action) values ('a', '', 'x')");
    database.sql("select nextval(pg_get_serial_sequence('event', 'id'))"); // of one rolled back
    Row half =
        database
            .sql("select tx::text, id from event order by tx, id offset $1 limit 1", events / 2)
            .get(0);
    long begun = System.nanoTime();
    Await.get(Migrations.apply(database.database().admin()));
    System.out.printf(
        "upgrade of %,d events: %,d ms%n", events, (System.nanoTime() - begun) / 1_000_000);
    PgRegistry registry = Await.get(open());
    Await.get(registry.installation(new UUID(1, 2)));
    assertThat(Await.get(registry.recovery().height()).commits())
        .as("not behind, as nodes see it")
        .isEqualTo(events + 1);
    database.olderTransactionsEnd();
    EventCursor after = new EventCursor(Long.parseLong(half.getString(0)), half.getLong(1));
    Page page = Await.get(registry.eventLog().page(Optional.of(after), EventFilter.ALL, 1));
    assertThat(page.events().get(0).deviceId()).contains("d" + (events / 2 + 2));
    assertThat(Await.get(registry.auditLog().page(AuditLog.Filter.ALL, 10))).hasSize(1);
    Await.get(registry.close());
  }

  /** One device in each state, in the shape that campaigns had then. */
  @Test
  void open_whileACampaignOfVersion6Runs_goesOnWithIt() {
    database.sql("drop schema public cascade");
    database.sql("create schema public");
    Await.get(Migrations.apply(database.database().admin(), 6));
    database.sql(
        "insert into campaign (name, goal, connection_id, products, id_prefix, device_ids, percent,"
            + " per_second, factor, every, counting, max_per_second, waves, success_percent,"
            + " pause_after_wave, stop_failure, stop_action, stop_percent, stop_minimum, timeout_s,"
            + " retries, needs_approval, start_itself, created_by, state) values ('c', 1, 0, '{p}',"
            + " '', '{}', 100, 9, 1, 1, 1, 9, '{100}', 1, false, '{}', '{}', '{}', '{}', 60, 0,"
            + " false, false, 'alice', 5)");
    database.sql(
        "insert into device (product_id, device_id, status, epoch, token)"
            + " select 'p', 'd' || s, 2, 5, '\\x00' from generate_series(1, 7) s");
    database.sql(
        "insert into campaign_device (campaign_id, position, goal_epoch, wave, state, tries,"
            + " product_id, device_id, since) select 1, 1000 - s, nullif(s, 1) * 0 + 6, 1, s, 1,"
            + " 'p', 'd' || s, now() - interval '2 minutes' from generate_series(1, 7) s");
    database.sql(
        "insert into campaign_count (campaign_id, wave, state, devices)"
            + " select 1, 1, s, 1 from generate_series(1, 7) s");
    PgRegistry registry = Await.get(open());
    assertThat(members(registry))
        .isEqualTo(
            "d1 QUEUED, d2 NOTIFIED, d3 CONFIRMED, d4 FAILED,"
                + " d5 REJECTED, d6 TIMED_OUT, d7 CANCELED");
    CampaignLedger ledger = registry.campaignLedger();
    Lease lease = Await.get(ledger.lead(new UUID(1, 2))).orElseThrow();
    Campaign campaign = Await.get(registry.campaigns().get(1)).orElseThrow();
    assertThat(Await.get(ledger.ask(lease, campaign, 10)).asked())
        .extracting(asked -> asked.ref().deviceId())
        .containsExactly("d1");
    assertThat(database.count("device where wanted_epoch = 6")).isEqualTo(1);
    assertThat(Await.get(ledger.expire(lease, campaign, 10))).isEqualTo(1);
    assertThat(members(registry)).startsWith("d1 NOTIFIED, d2 TIMED_OUT, d3 CONFIRMED");
    Await.get(registry.close());
  }

  private static String members(PgRegistry registry) {
    return Await.get(registry.campaigns().members(1, Optional.empty(), Optional.empty(), 100))
        .stream()
        .map(member -> member.ref().deviceId() + " " + member.state())
        .collect(Collectors.joining(", "));
  }

  @Test
  void open_withoutSynchronousCommit_isRefused() {
    database.sql("alter role otakey set synchronous_commit = off");
    try {
      assertThatThrownBy(() -> Await.get(open()))
          .isInstanceOf(DatabaseStartException.class)
          .hasMessageContaining("switch on synchronous_commit");
    } finally {
      database.sql("alter role otakey reset synchronous_commit");
    }
  }

  @Test
  void installation_isWrittenOnceAndKept() {
    UUID mine = new UUID(1, 2);
    PgRegistry registry = database.open();
    assertThat(Await.get(registry.installation(mine))).isEqualTo(new Installation(mine, true));
    assertThat(Await.get(registry.installation(new UUID(3, 4))))
        .isEqualTo(new Installation(mine, false));
  }
}
