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
 * @param standing of the user that was logged in as
 * @param mayUpgrade whether the user may make the tables that are missing
 * @param lacking rights that a gateway needs and the user has not, if the schema is this gateway's
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
    Standing standing,
    boolean mayUpgrade,
    List<String> lacking,
    int freeConnections,
    Optional<UUID> installation,
    Optional<String> vaultMark) {
  private static final Map<String, String> LOOK =
      Map.of(
          "application_name", "otakey-doctor",
          "default_transaction_read_only", "on",
          "statement_timeout", "10s");

  /** Whose the tables are. */
  public enum Standing {
    SUPERUSER,
    OWNER,
    /** It may do what it was granted. */
    GUEST
  }

  private static final String CLOCK =
      "select (extract(epoch from clock_timestamp()) * 1000)::int8 as now";

  /** Of others' sessions only a superuser learns what they are; whoever has a user is counted. */
  private static final String SERVER =
      """
      select current_setting('server_version_num')::int4 as version,
        current_setting('server_version') as version_text,
        pg_is_in_recovery() as standby,
        rolsuper as super,
        t.relowner is not null and pg_has_role(t.relowner, 'usage') as owns,
        coalesce(has_schema_privilege(current_schema(), 'create'), false)
          and (t.relowner is null or pg_has_role(t.relowner, 'usage')) as may_upgrade,
        least(
            current_setting('max_connections')::int4
              - current_setting('superuser_reserved_connections')::int4
              - %s,
            case when rolconnlimit < 0 then 1000000 else rolconnlimit - (
              select count(*) from pg_stat_activity where usename = current_user) end)::int4
          as free,
        t.oid is not null as made
      from pg_roles left join pg_class t on t.oid = to_regclass('schema_version')
      where rolname = current_user
      """
          .formatted(CensusSql.CLIENTS);

  /** Copies the lists. */
  public DatabaseExam {
    notDurable = List.copyOf(notDurable);
    lacking = List.copyOf(lacking);
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

  private record Found(Row server, int schema, List<String> lacking, Optional<Row> installed) {}

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
      return Future.succeededFuture(new Found(server, 0, List.of(), Optional.empty()));
    }
    return one(connection, "select coalesce(max(version), 0) as newest from schema_version")
        .compose(
            newest -> {
              int schema = newest.getInteger("newest");
              return lacking(connection, schema)
                  .compose(
                      lacking ->
                          installed(connection, schema)
                              .map(row -> new Found(server, schema, lacking, row)));
            });
  }

  private static Future<List<String>> lacking(SqlConnection connection, int schema) {
    return schema == Migrations.FILES.size()
        ? rows(connection, Grants.LACKING)
        : Future.succeededFuture(List.of());
  }

  private static Future<Optional<Row>> installed(SqlConnection connection, int schema) {
    return schema < Migrations.WITH_VAULT_MARK
        ? Future.succeededFuture(Optional.empty())
        : connection
            .query("select id, vault_mark from installation")
            .execute()
            .map(rows -> rows.stream().findFirst());
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
        standing(server),
        server.getBoolean("may_upgrade"),
        found.lacking(),
        server.getInteger("free"),
        found.installed().map(row -> row.getUUID("id")),
        found.installed().map(row -> row.getString("vault_mark")).filter(mark -> !mark.isEmpty()));
  }

  private static Standing standing(Row server) {
    if (server.getBoolean("super")) {
      return Standing.SUPERUSER;
    }
    return server.getBoolean("owns") ? Standing.OWNER : Standing.GUEST;
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
