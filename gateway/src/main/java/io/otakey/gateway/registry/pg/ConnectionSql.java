package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;

/** Statements on connections, and the mapping of their rows. */
final class ConnectionSql {
  private static final String COLUMNS =
      "id, platform_id, scheme, host, port, client_id, user_name, topic_prefix, spki_sha256,"
          + " created_at";

  /** Ids are never used again, because rows are never deleted; the caller locks the table. */
  static final String INSERT =
      """
      insert into connection (id, platform_id, scheme, host, port, client_id, user_name,
        topic_prefix, spki_sha256)
      select coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8 from connection
      having coalesce(max(id), 0) < 65535
      returning\s"""
          + COLUMNS;

  private ConnectionSql() {}

  static Future<List<Connections.Stored>> all(SqlClient client) {
    return client
        .query("select " + COLUMNS + " from connection order by id")
        .mapping(ConnectionSql::stored)
        .execute()
        .map(rows -> rows.stream().toList());
  }

  static Future<Optional<Connections.Stored>> insert(SqlClient client, Connection connection) {
    return client
        .preparedQuery(INSERT)
        .mapping(ConnectionSql::stored)
        .execute(
            Tuple.of(
                    connection.platformId(),
                    connection.scheme(),
                    connection.host(),
                    connection.port())
                .addValue(connection.clientId().orElse(null))
                .addValue(connection.userName().orElse(null))
                .addValue(connection.topicPrefix().orElse(null))
                .addValue(connection.spkiSha256().map(Buffer::buffer).orElse(null)))
        .map(rows -> rows.stream().findFirst());
  }

  private static Connections.Stored stored(Row row) {
    Connection connection =
        new Connection(
            row.getString(1),
            row.getString(2),
            row.getString(3),
            row.getInteger(4),
            Optional.ofNullable(row.getString(5)),
            Optional.ofNullable(row.getString(6)),
            Optional.ofNullable(row.getString(7)),
            Optional.ofNullable(row.getBuffer(8)).map(Buffer::getBytes));
    return new Connections.Stored(
        row.getInteger(0), connection, row.getOffsetDateTime(9).toInstant());
  }
}
