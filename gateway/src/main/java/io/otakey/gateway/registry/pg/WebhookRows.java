package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.Webhook.Progress;
import io.otakey.gateway.webhook.Webhook.SealedSecrets;
import io.otakey.gateway.webhook.WebhookOrder;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows of webhooks as values. */
final class WebhookRows {
  static final String COLUMNS =
      "id, url, insecure, ca, kinds, products, sealed, former, former_until, version,"
          + " seen_tx::text, seen_id, sending_tx::text, sending_id, coalesce(due_at <= now(), true),"
          + " tries, failing_since, why, paused_at, delivered_at, delivered";

  private WebhookRows() {}

  static Future<List<Webhook>> all(SqlClient client) {
    return client
        .query("select " + COLUMNS + " from webhook order by id")
        .mapping(WebhookRows::webhook)
        .execute()
        .map(rows -> rows.stream().toList());
  }

  static Future<Optional<Webhook>> one(SqlClient client, String id) {
    return client
        .preparedQuery("select " + COLUMNS + " from webhook where id = $1")
        .mapping(WebhookRows::webhook)
        .execute(Tuple.of(id))
        .map(Admin::first);
  }

  static Webhook webhook(Row row) {
    Short[] kinds = row.getArrayOfShorts(4);
    WebhookOrder order =
        new WebhookOrder(
            row.getString(1),
            row.getBoolean(2),
            Optional.ofNullable(row.getString(3)),
            Arrays.stream(kinds).map(Codes::eventKind).collect(Collectors.toUnmodifiableSet()),
            Set.of(row.getArrayOfStrings(5)));
    SealedSecrets secrets =
        new SealedSecrets(
            row.getBuffer(6).getBytes(),
            Optional.ofNullable(row.getBuffer(7)).map(Buffer::getBytes),
            ProductSql.instant(row.getOffsetDateTime(8)));
    return new Webhook(row.getString(0), order, secrets, row.getLong(9), progress(row));
  }

  private static Progress progress(Row row) {
    return new Progress(
        cursor(row.getString(10), row.getLong(11)).orElseThrow(),
        cursor(row.getString(12), row.getLong(13)),
        row.getBoolean(14),
        row.getInteger(15),
        ProductSql.instant(row.getOffsetDateTime(16)),
        Optional.ofNullable(row.getString(17)),
        ProductSql.instant(row.getOffsetDateTime(18)),
        ProductSql.instant(row.getOffsetDateTime(19)),
        row.getLong(20));
  }

  private static Optional<EventCursor> cursor(@Nullable String tx, @Nullable Long id) {
    return tx == null || id == null
        ? Optional.empty()
        : Optional.of(new EventCursor(Long.parseLong(tx), id));
  }

  static Short[] kinds(WebhookOrder order) {
    return order.kinds().stream().map(Codes::of).sorted().toArray(Short[]::new);
  }

  static String[] products(WebhookOrder order) {
    return order.products().stream().sorted().toArray(String[]::new);
  }
}
