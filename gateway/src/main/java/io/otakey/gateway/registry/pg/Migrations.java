package io.otakey.gateway.registry.pg;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Brings the schema up to date: numbered SQL files, each applied once, in order, in one transaction
 * with the note that it was. Nodes that start together wait for each other.
 */
final class Migrations {
  /** Any constant that no other user of advisory locks in this database uses. */
  private static final long LOCK = 0x6f74616b6579L;

  static final List<String> FILES =
      List.of(
          "V001__registry.sql",
          "V002__wanted.sql",
          "V003__campaign.sql",
          "V004__duty.sql",
          "V005__platform.sql",
          "V006__events.sql",
          "V007__campaign_queue.sql",
          "V008__recovery.sql",
          "V009__webhooks.sql",
          "V010__retention.sql",
          "V011__vault_mark.sql",
          "V012__census.sql",
          "V013__audit_chain.sql",
          "V014__roles.sql",
          "V015__labels.sql");

  /** The first that names the vault in force. */
  static final int WITH_VAULT_MARK = 11;

  private static final String NOTES =
      """
      create table if not exists schema_version (
        version int4 primary key,
        name text not null,
        checksum int8 not null,
        applied_at timestamptz not null default now()
      )""";

  /** What there is, and whether this user may make what is missing. */
  private static final String STANDING =
      """
      select to_regclass('schema_version') is not null as made,
        coalesce(has_schema_privilege(current_schema(), 'create'), false) and not exists (
          select from pg_class c where c.oid = to_regclass('schema_version')
            and not pg_has_role(c.relowner, 'usage')) as may_make
      """;

  private Migrations() {}

  /**
   * Applies what is missing; whoever lacks nothing needs no right but to read. Fails with {@link
   * NewerSchemaException} or {@link DatabaseStartException}.
   */
  static Future<Void> apply(Pool pool) {
    return apply(pool, FILES.size());
  }

  /** As a gateway would that knows so many; for tests of upgrades. */
  static Future<Void> apply(Pool pool, int known) {
    return pool.withTransaction(
        connection ->
            connection
                .query(
                    "set local client_min_messages = warning; select pg_advisory_xact_lock("
                        + LOCK
                        + ")")
                .execute()
                .compose(locked -> connection.query(STANDING).execute())
                .map(rows -> rows.iterator().next())
                .compose(
                    standing ->
                        applied(connection, standing.getBoolean("made"))
                            .compose(
                                applied ->
                                    applyMissing(
                                        connection,
                                        applied,
                                        FILES.subList(0, known),
                                        standing.getBoolean("may_make")))));
  }

  private static Future<Map<Integer, Long>> applied(SqlConnection connection, boolean made) {
    return made
        ? connection
            .query("select version, checksum from schema_version")
            .execute()
            .map(
                rows -> {
                  Map<Integer, Long> applied = new TreeMap<>();
                  rows.forEach(row -> applied.put(row.getInteger(0), row.getLong(1)));
                  return applied;
                })
        : Future.succeededFuture(Map.of());
  }

  private static Future<Void> applyMissing(
      SqlConnection connection, Map<Integer, Long> applied, List<String> files, boolean mayMake) {
    int newest = applied.keySet().stream().mapToInt(v -> v).max().orElse(0);
    if (newest > files.size()) {
      return Future.failedFuture(new NewerSchemaException(newest, files.size()));
    }
    if (newest < files.size() && !mayMake) {
      return Future.failedFuture(
          new DatabaseStartException(
              (newest == 0
                      ? "the database has no tables of a gateway"
                      : "the database has schema version " + newest)
                  + ", this gateway needs version "
                  + files.size()
                  + ", and its user may not make it: run 'otakey database migrate' as the role"
                  + " that owns the database, then start again"));
    }
    Future<Void> done =
        applied.isEmpty() ? connection.query(NOTES).execute().mapEmpty() : Future.succeededFuture();
    for (int i = 0; i < files.size(); i++) {
      int version = i + 1;
      String file = files.get(i);
      done = done.compose(v -> applyOne(connection, version, file, applied.get(version)));
    }
    return done;
  }

  private static Future<Void> applyOne(
      SqlConnection connection, int version, String file, @Nullable Long knownChecksum) {
    String sql = read(file);
    long checksum = checksum(sql);
    if (knownChecksum != null && knownChecksum != checksum) {
      return Future.failedFuture(
          new DatabaseStartException(
              String.format(
                  Locale.ROOT,
                  "migration %s was applied in another wording than this gateway's:"
                      + " start a released gateway on this database",
                  file)));
    }
    if (knownChecksum != null) {
      return Future.succeededFuture();
    }
    return connection
        .query(sql)
        .execute()
        .compose(
            v ->
                connection
                    .preparedQuery(
                        "insert into schema_version (version, name, checksum) values ($1, $2, $3)")
                    .execute(Tuple.of(version, file, checksum)))
        .mapEmpty();
  }

  private static long checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  private static String read(String file) {
    try (InputStream in = Migrations.class.getResourceAsStream("migration/" + file)) {
      if (in == null) {
        throw new IllegalStateException("migration missing from the class path: " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
