package io.otakey.gateway.registry.pg;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A database, looked at by who must not change it: over one connection that the server itself keeps
 * from writing.
 *
 * @param version of the server, as 170004 for 17.4
 * @param versionText the same for people
 * @param ahead how far the database's clock is ahead of ours, if the answer took no time
 * @param roundTrip how long it took; the clock may be off by half of it
 * @param standby it takes no writes
 * @param notDurable settings without which it may lose what it acknowledged, now off
 * @param schema newest migration that was applied; 0 = none
 * @param knownSchema the newest that this gateway knows
 * @param mayCreate whether the user may make tables
 * @param foreign tables of a gateway that the user neither owns nor is a member of who does
 * @param freeConnections how many more the server takes from this user
 * @param installation whose database it is; empty = nobody's yet
 * @param vaultMark of the vault in force; empty = none yet
 */
public record DatabaseExam(
    int version,
    String versionText,
    Duration ahead,
    Duration roundTrip,
    boolean standby,
    List<String> notDurable,
    int schema,
    int knownSchema,
    boolean mayCreate,
    List<String> foreign,
    int freeConnections,
    Optional<UUID> installation,
    Optional<String> vaultMark) {
  private static final Map<String, String> LOOK =
      Map.of(
          "application_name", "otakey-doctor",
          "default_transaction_read_only", "on",
          "statement_timeout", "10s");

  private static final String CLOCK =
      "select (extract(epoch from clock_timestamp()) * 1000)::int8 as now";

  /** Tables that every gateway since the first has; whoever upgrades must own them. */
  private static final String SERVER =
      """
      select current_setting('server_version_num')::int4 as version,
        current_setting('server_version') as version_text,
        pg_is_in_recovery() as standby,
        coalesce(has_schema_privilege(current_schema(), 'create'), false) as may_create,
        array(select c.relname::text from pg_class c
          where c.relnamespace = current_schema()::regnamespace
            and c.relname in ('schema_version', 'installation', 'product', 'device', 'event',
              'audit')
            and not pg_has_role(c.relowner, 'usage')
          order by 1) as foreign_tables,
        (select least(
            current_setting('max_connections')::int4
              - current_setting('superuser_reserved_connections')::int4
              - (select count(*) from pg_stat_activity where backend_type = 'client backend'),
            case when rolconnlimit < 0 then 1000000 else rolconnlimit - (
              select count(*) from pg_stat_activity where usename = current_user) end)
          from pg_roles where rolname = current_user)::int4 as free,
        to_regclass('schema_version') is not null as made
      """;

  /** Copies the lists. */
  public DatabaseExam {
    notDurable = List.copyOf(notDurable);
    foreign = List.copyOf(foreign);
  }

  /**
   * Looks once. Fails with {@link DatabaseStartException}, whose message names fault and remedy.
   */
  public static Future<DatabaseExam> of(Vertx vertx, PgEndpoint endpoint) {
    Pool pool = Database.pool(vertx, Database.options(endpoint, LOOK), "exam", 1);
    return pool.withConnection(DatabaseExam::look)
        .recover(failure -> Future.failedFuture(Database.explain(failure, endpoint)))
        .eventually(pool::close);
  }

  private static Future<DatabaseExam> look(SqlConnection connection) {
    return connection
        .query(CLOCK) // what the first question of a connection costs is not the way's
        .execute()
        .compose(warm -> clock(connection))
        .compose(
            clock ->
                rows(connection, Database.NOT_DURABLE)
                    .compose(
                        off ->
                            one(connection, SERVER)
                                .compose(s -> schema(connection, s))
                                .map(found -> exam(clock, off, found))));
  }

  private record Clock(Duration ahead, Duration roundTrip) {}

  private record Found(
      Row server, int schema, Optional<UUID> installation, Optional<String> vaultMark) {}

  private static Future<Clock> clock(SqlConnection connection) {
    Instant asked = Instant.now();
    long begun = System.nanoTime();
    return one(connection, CLOCK)
        .map(
            row -> {
              Duration took = Duration.ofNanos(System.nanoTime() - begun);
              Instant there = Instant.ofEpochMilli(row.getLong("now"));
              return new Clock(Duration.between(asked.plus(took.dividedBy(2)), there), took);
            });
  }

  private static Future<Found> schema(SqlConnection connection, Row server) {
    if (!server.getBoolean("made")) {
      return Future.succeededFuture(new Found(server, 0, Optional.empty(), Optional.empty()));
    }
    return one(connection, "select coalesce(max(version), 0) as newest from schema_version")
        .compose(
            newest -> {
              int schema = newest.getInteger("newest");
              Found bare = new Found(server, schema, Optional.empty(), Optional.empty());
              return schema < Migrations.WITH_VAULT_MARK
                  ? Future.succeededFuture(bare)
                  : connection
                      .query("select id, vault_mark from installation")
                      .execute()
                      .map(
                          rows ->
                              rows.stream()
                                  .findFirst()
                                  .map(row -> installed(server, schema, row))
                                  .orElse(bare));
            });
  }

  private static Found installed(Row server, int schema, Row row) {
    return new Found(
        server,
        schema,
        Optional.of(row.getUUID("id")),
        Optional.of(row.getString("vault_mark")).filter(mark -> !mark.isEmpty()));
  }

  private static DatabaseExam exam(Clock clock, List<String> off, Found found) {
    Row server = found.server();
    return new DatabaseExam(
        server.getInteger("version"),
        server.getString("version_text"),
        clock.ahead(),
        clock.roundTrip(),
        server.getBoolean("standby"),
        off,
        found.schema(),
        Migrations.FILES.size(),
        server.getBoolean("may_create"),
        List.of(server.getArrayOfStrings("foreign_tables")),
        server.getInteger("free"),
        found.installation(),
        found.vaultMark());
  }

  private static Future<Row> one(SqlConnection connection, String sql) {
    return connection.preparedQuery(sql).execute().map(rows -> rows.iterator().next());
  }

  private static Future<List<String>> rows(SqlConnection connection, String sql) {
    return connection
        .query(sql)
        .mapping(row -> row.getString(0))
        .execute()
        .map(rows -> rows.stream().toList());
  }
}
