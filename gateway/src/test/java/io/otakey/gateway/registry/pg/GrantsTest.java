package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A gateway's role can do a gateway's work, which every other test here shows that opens a
 * registry, and nothing else.
 */
class GrantsTest {
  private static final List<String> BEYOND =
      List.of(
          "drop table device",
          "truncate device",
          "create table mine (id int4)",
          "create function mine() returns int4 language sql as 'select 1'",
          "alter table audit disable trigger audit_append_only",
          "alter table device add column mine int4",
          "set role otakey",
          "select * from pg_authid",
          "select pg_read_file('/etc/passwd')",
          "copy duty to program 'cat >/dev/null'",
          "update schema_version set checksum = 0",
          "insert into schema_version (version, name, checksum) values (99, 'x', 0)",
          "delete from installation",
          "delete from device",
          "delete from product",
          "delete from event",
          "update event set actor = 'x'",
          "delete from audit",
          "update audit set actor = 'x'",
          "update audit_link set at = now()",
          "delete from api_token",
          "update event_gone set id = 9",
          "update period set to_at = now()",
          "select * from event_rest",
          "select setval('audit_id', 1)",
          "select make_periods('event', 1, 40)",
          "select drop_period('event_first', true)");

  private final TestDatabase database = new TestDatabase();
  private final Pool guest =
      Database.pool(database.vertx, Database.options(database.guest, Map.of()), "guest", 1);

  @AfterEach
  void close() {
    Await.get(guest.close());
    database.close();
  }

  private Future<PgRegistry> open() {
    return PgRegistry.open(
        database.vertx, database.guest, PgTuning.DEFAULT, new SimpleMeterRegistry());
  }

  private void migrate(Optional<String> role) {
    Await.get(PgSchema.migrate(database.vertx, database.endpoint, role));
  }

  private void as(String statement) {
    Await.get(guest.query(statement).execute());
  }

  @Test
  void whatIsNotAGatewaysWork_isRefused() {
    for (String statement : BEYOND) {
      assertThatThrownBy(() -> as(statement), statement).hasMessageContaining("42501");
      Await.get(database.database().admin().query(asOwner(statement)).execute());
    }
  }

  /** The owner may, so that it is the role that is refused and not the statement. */
  private static String asOwner(String statement) {
    return "begin; alter table audit disable trigger user; alter table event disable trigger user;"
        + " alter table event_rest disable trigger user; alter table event_first disable trigger"
        + " user; "
        + statement.replace("drop table device", "drop table device cascade")
        + "; rollback";
  }

  @Test
  void updatesOfConnections_areRefusedByTheTrigger_whichTheRoleCannotTakeAway() {
    database.sql(
        "insert into connection (id, platform_id, scheme, host, port) values (1, 'p', 'mqtt', 'h', 1)");
    assertThatThrownBy(() -> as("update connection set host = 'mine'"))
        .hasMessageContaining("append-only");
    assertThatThrownBy(() -> as("drop trigger connection_append_only on connection"))
        .hasMessageContaining("42501");
  }

  @Test
  void everyTableAndSequence_isThoughtOf() {
    assertThat(
            database.sql(
                "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace"
                    + " and c.relkind in ('r', 'p') and not c.relispartition"
                    + " and not has_table_privilege($1, c.oid, 'select')",
                TestDatabase.GUEST))
        .isEmpty();
    assertThat(
            database.sql(
                "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace"
                    + " and case when c.relkind = 'S' then not"
                    + " has_sequence_privilege($1, c.oid, 'usage') end"
                    + " and not exists (select from pg_depend d where d.objid = c.oid"
                    + " and d.deptype = 'i')",
                TestDatabase.GUEST))
        .isEmpty();
  }

  /** Whoever asks brings names of his own. */
  @Test
  void functionsWithTheOwnersRights_lookNowhereElse() {
    as("create temp table period (name text, parent text, from_at timestamptz, to_at timestamptz)");
    as("insert into period values ('device', 'event', '-infinity', '-infinity')");
    assertThatThrownBy(() -> as("select drop_old_period('device', true)"))
        .hasMessageContaining("no period device that is over");
    assertThat(database.count("pg_class where relname = 'device'")).isEqualTo(1);
  }

  @Test
  void aPeriodThatIsNotOver_stays() {
    database.sql("insert into event (kind, product_id) values (12, 'p')");
    assertThatThrownBy(() -> as("select drop_old_period('event_first', true)"))
        .hasMessageContaining("no period event_first that is over");
    assertThat(database.count("event")).isEqualTo(1);
  }

  @Test
  void nobodyElse_mayCallThem() {
    for (String call : List.of("make_periods_ahead()", "drop_old_period(text, boolean)")) {
      assertThat(
              database.count(
                  "pg_proc p where p.oid = $1::text::regprocedure and exists ("
                      + "select from aclexplode(p.proacl) a where a.grantee = 0)",
                  call))
          .as(call)
          .isZero();
    }
  }

  @Test
  void aSchemaThatIsOlder_isLeftToItsOwner() {
    database.sql("drop schema public cascade");
    database.sql("create schema public");
    database.sql("grant usage on schema public to public");
    assertThatThrownBy(() -> Await.get(open()))
        .isInstanceOf(DatabaseStartException.class)
        .hasMessageContaining("has no tables of a gateway")
        .hasMessageContaining("run 'otakey database migrate'");
    Await.get(Migrations.apply(database.database().admin(), 13));
    database.sql("grant select on schema_version to " + TestDatabase.GUEST);
    assertThatThrownBy(() -> Await.get(open()))
        .hasMessageContaining("schema version 13")
        .hasMessageContaining("run 'otakey database migrate'");
    migrate(Optional.empty());
    assertThatThrownBy(() -> Await.get(open()))
        .as("nothing was granted")
        .hasMessageContaining("lacks")
        .hasMessageContaining("insert on table audit")
        .hasMessageContaining("migrate --grant " + TestDatabase.GUEST);
    migrate(Optional.of(TestDatabase.GUEST));
    Await.get(Await.get(open()).close());
  }

  @Test
  void whatWasGrantedBeyondIt_isTakenAway() {
    database.sql("grant delete on audit, device to " + TestDatabase.GUEST);
    database.sql("grant create on schema public to " + TestDatabase.GUEST);
    as("delete from device");
    migrate(Optional.of(TestDatabase.GUEST));
    assertThatThrownBy(() -> as("delete from device")).hasMessageContaining("42501");
    assertThatThrownBy(() -> as("create table mine (id int4)")).hasMessageContaining("42501");
    Await.get(Await.get(open()).close());
  }

  @Test
  void rolesThatCannotBeMeant_areRefused() {
    assertThatThrownBy(() -> migrate(Optional.of(database.endpoint.user())))
        .isInstanceOf(DatabaseStartException.class)
        .hasMessageContaining("owns the tables or is a superuser");
    assertThatThrownBy(() -> migrate(Optional.of("nobody_here")))
        .hasMessageContaining("create role nobody_here");
    assertThatThrownBy(() -> migrate(Optional.of("x'; drop table device; --")))
        .hasMessageContaining("cannot be the gateway's role");
    assertThat(database.count("device")).isZero();
  }

  /** Of others' sessions a role sees little: that they are there is enough. */
  @Test
  void connectionsOfOthers_areCounted() {
    Pool others =
        Database.pool(database.vertx, Database.options(database.endpoint, Map.of()), "others", 10);
    for (int i = 0; i < 10; i++) {
      Await.get(others.getConnection());
    }
    double counted =
        Await.get(database.open().census().count()).stream()
            .filter(reading -> reading.metric() == Metric.DATABASE_CONNECTIONS)
            .findFirst()
            .orElseThrow()
            .value();
    assertThat(counted).isGreaterThan(10);
    int free = Await.get(DatabaseExam.of(database.vertx, database.guest)).freeConnections();
    assertThat(free).isLessThan(200 - 10);
    Await.get(others.close());
  }
}
