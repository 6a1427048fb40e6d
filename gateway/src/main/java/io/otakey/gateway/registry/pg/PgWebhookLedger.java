package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.WebhookLedger;
import io.otakey.gateway.webhook.Webhooks;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** How far webhooks have got, in PostgreSQL. */
final class PgWebhookLedger extends PgDutyLedger implements WebhookLedger {
  /** $1 webhook, $2 its version, $3 the fence. */
  private static final String HELD =
      """
      with held as materialized (
        select 1 from duty where name = 'webhooks' and fence = $3 for share
      )
      update webhook w set %s
      where w.id = $1 and w.version = $2 and w.paused_at is null and exists (select from held)
        and %s
      """;

  private static final String SENDING =
      HELD.formatted(
          "sending_tx = $4::text::xid8, sending_id = $5",
          "(w.seen_tx, w.seen_id) < ($4::text::xid8, $5)");

  private static final String DELIVERED =
      HELD.formatted(
          """
          seen_tx = $4::text::xid8, seen_id = $5, sending_tx = null, sending_id = null, tries = 0,
            failing_since = null, due_at = null, why = null, delivered_at = now(),
            delivered = delivered + $6""",
          "(w.seen_tx, w.seen_id) < ($4::text::xid8, $5)");

  /** $4 pause in ms, $5 the longest time in ms, $6 why. */
  private static final String FAILED =
      HELD.formatted(
              """
              tries = tries + 1, failing_since = coalesce(failing_since, now()), why = $6,
                due_at = now() + $4 * interval '1 ms',
                paused_at = case when failing_since <= now() - $5 * interval '1 ms' then now() end""",
              "true")
          + " returning "
          + WebhookRows.COLUMNS;

  private static final String PAUSED =
      "insert into event (kind, webhook, count) values ($1, $2, $3)";

  private static final String PASSED =
      HELD.formatted(
          "seen_tx = $4::text::xid8, seen_id = $5",
          "w.sending_tx is null and (w.seen_tx, w.seen_id) < ($4::text::xid8, $5)");

  /** $1, $2 the place, $3 products, $4 kinds, $5 how many at most. */
  private static final String WAITING =
      """
      select count(*)::int4 from (
        select 1 from event e
        where (e.tx, e.id) > ($1::text::xid8, $2) and ($3::text[] is null or product_id = any($3))
          and ($4::int2[] is null or %s = any($4))
        limit $5) waiting
      """
          .formatted(PgEventLog.TOLD_KIND);

  PgWebhookLedger(Admin admin) {
    super(admin, "webhooks", "true");
  }

  @Override
  public Future<List<Webhook>> webhooks() {
    return admin.read(WebhookRows::all);
  }

  @Override
  public Future<Boolean> sending(Lease lease, Webhook webhook, EventCursor upTo) {
    return write(SENDING, place(lease, webhook, upTo));
  }

  @Override
  public Future<Boolean> delivered(Lease lease, Webhook webhook, EventCursor upTo, int events) {
    return write(DELIVERED, place(lease, webhook, upTo).addInteger(events));
  }

  @Override
  public Future<Failure> failed(
      Lease lease, Webhook webhook, Duration pause, Duration most, String why) {
    Tuple values =
        held(lease, webhook)
            .addDouble((double) pause.toMillis())
            .addDouble((double) most.toMillis())
            .addString(Admin.storable(why));
    return admin.change(
        client ->
            client
                .preparedQuery(FAILED)
                .mapping(WebhookRows::webhook)
                .execute(values)
                .map(Admin::first)
                .compose(
                    now -> {
                      if (now.isEmpty()) {
                        return Future.succeededFuture(Failure.VOID);
                      }
                      return now.get().progress().pausedAt().isEmpty()
                          ? Future.succeededFuture(Failure.WAITS)
                          : tellPaused(client, now.get()).map(Failure.PAUSED);
                    }));
  }

  private static Future<Void> tellPaused(SqlConnection client, Webhook webhook) {
    return waiting(client, webhook)
        .compose(
            count ->
                Admin.run(
                    client,
                    PAUSED,
                    Tuple.of(Codes.of(EventKind.WEBHOOK_PAUSED), webhook.id(), (long) count)));
  }

  @Override
  public Future<Void> passed(Lease lease, Map<Webhook, EventCursor> places) {
    return admin.read(
        client ->
            client
                .preparedQuery(PASSED)
                .executeBatch(
                    places.entrySet().stream()
                        .map(entry -> place(lease, entry.getKey(), entry.getValue()))
                        .toList())
                .mapEmpty());
  }

  static Future<Integer> waiting(SqlClient client, Webhook webhook) {
    EventCursor seen = webhook.progress().seen();
    String[] products = WebhookRows.products(webhook.order());
    Short[] kinds = WebhookRows.kinds(webhook.order());
    Tuple values =
        Tuple.of(Long.toString(seen.tx()), seen.id())
            .addValue(products.length == 0 ? null : products)
            .addValue(kinds.length == 0 ? null : kinds)
            .addInteger(Webhooks.MAX_COUNTED);
    return client
        .preparedQuery(WAITING)
        .mapping(row -> row.getInteger(0))
        .execute(values)
        .map(rows -> rows.iterator().next());
  }

  private Future<Boolean> write(String sql, Tuple values) {
    return admin.read(
        client -> client.preparedQuery(sql).execute(values).map(rows -> rows.rowCount() == 1));
  }

  private static Tuple held(Lease lease, Webhook webhook) {
    return Tuple.of(webhook.id(), webhook.version(), lease.fence());
  }

  private static Tuple place(Lease lease, Webhook webhook, EventCursor place) {
    return held(lease, webhook).addString(Long.toString(place.tx())).addLong(place.id());
  }
}
