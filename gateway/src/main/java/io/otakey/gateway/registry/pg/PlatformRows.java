package io.otakey.gateway.registry.pg;

import io.otakey.gateway.platform.Debt;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.Reconciliation;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Rows of platforms as values. */
final class PlatformRows {
  static final String COLUMNS = "id, kind, settings, sealed, version";

  private PlatformRows() {}

  static Future<Map<String, Platform>> all(SqlClient client) {
    return client
        .query("select " + COLUMNS + " from platform order by id")
        .execute()
        .map(
            rows -> {
              Map<String, Platform> all = new LinkedHashMap<>();
              rows.forEach(row -> all.put(row.getString(0), platform(row)));
              return all;
            });
  }

  static Platform platform(Row row) {
    Map<String, String> settings = new LinkedHashMap<>();
    JsonObject stored = row.getJsonObject(2);
    stored.forEach(entry -> settings.put(entry.getKey(), String.valueOf(entry.getValue())));
    return new Platform(
        row.getString(0),
        row.getString(1),
        settings,
        Optional.ofNullable(row.getBuffer(3)).map(Buffer::getBytes),
        row.getLong(4));
  }

  static JsonObject settings(Platform platform) {
    JsonObject json = new JsonObject();
    platform.settings().forEach(json::put);
    return json;
  }

  static Reconciliation reconciliation(Row row) {
    return new Reconciliation(
        row.getString(0),
        row.getLong(1),
        row.getOffsetDateTime(2).toInstant(),
        ProductSql.instant(row.getOffsetDateTime(3)),
        row.getBoolean(4),
        row.getLong(5),
        row.getLong(6),
        row.getLong(7),
        row.getLong(8),
        row.getString(9));
  }

  static Debt debt(Row row) {
    return new Debt(
        row.getString(0),
        row.getLong(1),
        row.getLong(2),
        row.getLong(3),
        row.getLong(4),
        ProductSql.instant(row.getOffsetDateTime(5)),
        Optional.ofNullable(row.getString(6)));
  }
}
