package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventLog;
import io.otakey.gateway.registry.EventsGoneException;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.LeaseLostException;
import io.otakey.gateway.registry.RegistryUnavailableException;
import io.otakey.gateway.registry.RetentionConfig;
import io.otakey.gateway.registry.RetentionLedger;
import io.otakey.gateway.registry.RetentionLedger.Old;
import io.otakey.gateway.registry.RetentionRunner;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Periods of events and of the audit log on a real database; time goes by in its settings. */
class PgRetentionTest {
  private static final String INSERT =
      "insert into event (kind, product_id, device_id) values (12, 'p', $1)";

  /** So that the present period of events is too old, and the next ones are not. */
  private static final RetentionConfig SHORT =
      new RetentionConfig(Duration.ofDays(-7), Duration.ofDays(400), Duration.ofDays(100));

  private static final RetentionConfig SHORT_FOR_ALL =
      new RetentionConfig(Duration.ofDays(-7), Duration.ofDays(400), Duration.ZERO);

  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final EventLog log = registry.eventLog();
  private final RetentionLedger ledger = registry.retention();
  private final Lease lease = Await.get(ledger.lead(new UUID(1, 1))).orElseThrow();

  @AfterEach
  void close() {
    database.close();
  }

  private List<Event> events(Optional<EventCursor> after) {
    database.olderTransactionsEnd();
    return Await.get(log.page(after, EventFilter.ALL, 1000)).events();
  }

  private List<String> devices() {
    return events(Optional.empty()).stream().map(e -> e.deviceId().orElseThrow()).toList();
  }

  /** The present period is over. */
  private Old oldest(RetentionConfig config) {
    database.sql("update period set to_at = now() where name = 'event_first'");
    List<Old> old = Await.get(ledger.old(config));
    assertThat(old).extracting(Old::name).containsExactly("event_first");
    return old.get(0);
  }

  /** Everybody who reads events has read these. */
  private void everybodyRead() {
    database.sql("update duty set seen_tx = pg_snapshot_xmax(pg_current_snapshot())");
  }

  @Test
  void periods_areMadeAhead_once() {
    assertThat(database.count("period where parent = 'event' and to_at > now()")).isGreaterThan(3);
    assertThat(database.count("period where parent = 'audit' and to_at > now() + '28 days'"))
        .isGreaterThan(0);
    assertThat(Await.get(ledger.makeAhead(lease))).isZero();
  }

  @Test
  void whatComesWithoutAPeriod_isKept_andGoesWhereItBelongs() {
    for (String of : List.of("event", "audit")) {
      String name =
          database
              .sql("select name from period where parent = $1 order by to_at desc limit 1", of)
              .get(0)
              .getString(0);
      database.sql("drop table " + name);
      String from =
          database
              .sql("select from_at::text from period where name = $1", name)
              .get(0)
              .getString(0);
      database.sql("delete from period where name = $1", name);
      database.sql(
          of.equals("event")
              ? "insert into event (at, kind, product_id, device_id) values ($1::text::timestamptz,"
                  + " 12, 'p', 'late')"
              : "insert into audit (at, actor, address, action) values ($1::text::timestamptz, 'a',"
                  + " '', 'late')",
          from);
      assertThat(database.count(of + "_rest")).isEqualTo(1);
      assertThat(Await.get(ledger.makeAhead(lease))).isEqualTo(1);
      assertThat(database.count(of + "_rest")).isZero();
      assertThat(database.count(name)).isEqualTo(1);
    }
    assertThat(devices()).containsExactly("late");
    assertThat(database.count("event_gone where tx > '0'")).as("nothing is gone").isZero();
  }

  @Test
  void aPeriodThatIsTooOld_goes_andReadersOfItAreTold() {
    database.sql(INSERT, "d1");
    database.sql(INSERT, "d2");
    List<Event> before = events(Optional.empty());
    everybodyRead();
    assertThat(Await.get(ledger.old(RetentionConfig.DEFAULT))).isEmpty();
    assertThat(Await.get(ledger.drop(lease, oldest(SHORT)))).isEmpty();
    assertThat(Await.get(ledger.old(SHORT))).isEmpty();
    assertThat(devices()).isEmpty();
    assertThatThrownBy(() -> events(Optional.of(before.get(0).cursor())))
        .isInstanceOf(EventsGoneException.class);
    assertThat(events(Optional.of(before.get(1).cursor()))).as("has missed none").isEmpty();
    database.sql(INSERT, "d3");
    assertThat(database.count("event_rest")).as("there is no period for now").isEqualTo(1);
    assertThat(Await.get(ledger.makeAhead(lease))).isEqualTo(1);
    assertThat(database.count("event_rest")).isZero();
    assertThat(events(Optional.of(before.get(1).cursor()))).hasSize(1);
  }

  @Test
  void aPeriodThatSomebodyHasNotRead_isHeld_andGoesInTheEnd() {
    database.sql(INSERT, "d1");
    everybodyRead();
    database.sql("update duty set seen_tx = '3', seen_id = 0 where name = 'platforms'");
    database.sql(
        "insert into webhook (id, url, insecure, kinds, products, sealed, seen_tx) values ('crm', '',"
            + " true, '{}', '{}', '', '3')");
    assertThat(Await.get(ledger.drop(lease, oldest(SHORT)))).contains("platforms, webhook crm");
    assertThat(devices()).containsExactly("d1");
    assertThat(Await.get(ledger.drop(lease, oldest(SHORT_FOR_ALL))))
        .contains("platforms, webhook crm");
    assertThat(devices()).isEmpty();
  }

  /** A comparison finds what the events would have told. */
  @Test
  void platformsThatMissedEvents_areCompared_andGoOnBehindThem() {
    database.sql("insert into platform (id, kind, pushes, settings) values ('x', 'k', true, '{}')");
    database.sql("insert into reconciliation (platform_id, ended_at) values ('x', now())");
    Lease platforms = Await.get(registry.platformLedger().lead(new UUID(3, 3))).orElseThrow();
    database.sql("update duty set seen_tx = '3', seen_id = 0 where name = 'platforms'");
    assertThat(Await.get(registry.platformLedger().settle(platforms, 100))).isZero();
    assertThat(database.count("reconciliation where ended_at is null")).isZero();
    database.sql("update event_gone set tx = '7', id = 5");
    assertThat(Await.get(registry.platformLedger().settle(platforms, 100))).isZero();
    assertThat(database.count("reconciliation where ended_at is null")).isEqualTo(1);
    assertThat(database.count("duty where name = 'platforms' and seen_tx = '7' and seen_id = 5"))
        .isEqualTo(1);
    database.sql("update reconciliation set ended_at = now()");
    Await.get(registry.platformLedger().settle(platforms, 100));
    assertThat(database.count("reconciliation where ended_at is null")).as("once").isZero();
  }

  /** A drop waits for whoever writes, and whoever writes later waits behind it: a moment only. */
  @Test
  void aLongTransaction_isNotWaitedFor() {
    everybodyRead();
    Old period = oldest(SHORT);
    SqlConnection slow = Await.get(database.database().admin().getConnection());
    Await.get(slow.query("begin").execute());
    Await.get(slow.query(INSERT.replace("$1", "'slow'")).execute());
    assertThatThrownBy(() -> Await.get(ledger.drop(lease, period)))
        .isInstanceOf(RegistryUnavailableException.class)
        .hasMessageContaining("lock timeout");
    database.sql(INSERT, "another");
    Await.get(slow.query("commit").execute());
    Await.get(slow.close());
    assertThat(devices()).containsExactlyInAnyOrder("slow", "another");
    everybodyRead();
    assertThat(Await.get(ledger.drop(lease, period))).isEmpty();
  }

  @Test
  void aNodeWithoutTheLease_dropsNothing() {
    Await.get(ledger.resign(new UUID(1, 1)));
    Await.get(ledger.lead(new UUID(2, 2)));
    assertThatThrownBy(
            () -> Await.get(ledger.drop(lease, new Old("event_first", true, Optional.empty()))))
        .isInstanceOf(LeaseLostException.class);
    assertThat(database.count("period where name = 'event_first'")).isEqualTo(1);
  }

  @Test
  void theRunner_dropsWhatIsTooOld() {
    database.sql(INSERT, "d1");
    everybodyRead();
    oldest(SHORT);
    Await.get(ledger.resign(new UUID(1, 1)));
    String id =
        Await.get(
            database.vertx.deployVerticle(
                new RetentionRunner(SHORT, ledger, Duration.ofMillis(50))));
    Await.until("dropped", () -> database.count("period where name = 'event_first'") == 0);
    Await.get(database.vertx.undeploy(id));
  }

  @Test
  void theAuditLog_isNeitherChangedNorDeleted_inAnyPeriod() {
    Await.get(
        registry.auditLog().append(Fixture.ALICE, "x.y", Optional.empty(), Optional.empty(), ""));
    for (String table : List.of("audit", "audit_first")) {
      for (String change : List.of("update %s set detail = ''", "delete from %s", "truncate %s")) {
        assertThatThrownBy(() -> database.sql(change.formatted(table)))
            .as(change + " " + table)
            .hasMessageContaining("append-only");
      }
    }
    assertThatThrownBy(() -> database.sql("truncate audit_rest"))
        .hasMessageContaining("append-only");
    database.sql(INSERT, "d");
    assertThatThrownBy(() -> database.sql("update event set actor = 'x'"))
        .hasMessageContaining("append-only");
    assertThatThrownBy(() -> database.sql("truncate event")).hasMessageContaining("append-only");
    assertThat(Await.get(registry.auditLog().page(AuditLog.Filter.ALL, 10))).hasSize(1);
  }
}
