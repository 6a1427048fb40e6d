package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.Webhook.SealedSecrets;
import io.otakey.gateway.webhook.WebhookOrder;
import io.otakey.gateway.webhook.Webhooks;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/** Webhooks in PostgreSQL, for operators. */
final class PgWebhooks implements Webhooks {
  /** Nobody makes one at the same time, so that all of them are counted. */
  private static final String ALONE =
      "select count(*)::int4 from (select 1 from duty where name = 'webhooks' for update) alone,"
          + " webhook";

  private static final String MAKE =
      """
      insert into webhook (id, url, insecure, ca, kinds, products, sealed, former, former_until)
      select $1, $2, $3, $4, $5, $6, $7, $8, $9 where $10::int8 = 0
      on conflict do nothing
      returning\s"""
          + WebhookRows.COLUMNS;

  private static final String CHANGE =
      """
      update webhook set url = $2, insecure = $3, ca = $4, kinds = $5, products = $6, sealed = $7,
        former = $8, former_until = $9, version = version + 1, sending_tx = null,
        sending_id = null, due_at = null
      where id = $1 and version = $10
      returning\s"""
          + WebhookRows.COLUMNS;

  private static final String RESUME =
      """
      update webhook set paused_at = null, failing_since = null, tries = 0, due_at = null,
        version = version + 1
      where id = $1 returning\s"""
          + WebhookRows.COLUMNS;

  private final Admin admin;

  PgWebhooks(Admin admin) {
    this.admin = admin;
  }

  @Override
  public Future<List<Webhook>> list() {
    return admin.read(WebhookRows::all);
  }

  @Override
  public Future<Optional<Webhook>> get(String id) {
    return admin.read(client -> WebhookRows.one(client, id));
  }

  @Override
  public Future<Webhook> put(
      Actor actor, String id, long seenVersion, WebhookOrder order, SealedSecrets secrets) {
    return put(actor, "put", id, seenVersion, order, secrets);
  }

  @Override
  public Future<Webhook> renewSecret(Actor actor, Webhook seen, SealedSecrets secrets) {
    return put(actor, "secret", seen.id(), seen.version(), seen.order(), secrets);
  }

  private Future<Webhook> put(
      Actor actor,
      String what,
      String id,
      long seenVersion,
      WebhookOrder order,
      SealedSecrets secrets) {
    return admin.change(
        client ->
            (seenVersion == 0 ? room(client) : Future.<Void>succeededFuture())
                .compose(v -> write(client, id, seenVersion, order, secrets))
                .compose(
                    stored ->
                        stored
                            .map(now -> note(client, actor, what, now).map(now))
                            .orElseGet(
                                () ->
                                    Future.failedFuture(
                                        new IllegalStateException(
                                            "somebody else changed webhook "
                                                + id
                                                + " meanwhile: look at it, then try again")))));
  }

  private static Future<Void> room(SqlConnection client) {
    return client
        .query(ALONE)
        .mapping(row -> row.getInteger(0))
        .execute()
        .compose(
            rows ->
                rows.iterator().next() < Webhook.MOST
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new IllegalStateException(
                            "there are " + Webhook.MOST + " webhooks: delete one first")));
  }

  private static Future<Optional<Webhook>> write(
      SqlConnection client,
      String id,
      long seenVersion,
      WebhookOrder order,
      SealedSecrets secrets) {
    Tuple values =
        Tuple.of(id, order.url(), order.insecure())
            .addValue(order.ca().orElse(null))
            .addArrayOfShort(WebhookRows.kinds(order))
            .addArrayOfString(WebhookRows.products(order))
            .addBuffer(Buffer.buffer(secrets.current()))
            .addValue(secrets.former().map(Buffer::buffer).orElse(null))
            .addValue(secrets.formerUntil().map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null))
            .addLong(seenVersion);
    return client
        .preparedQuery(seenVersion == 0 ? MAKE : CHANGE)
        .mapping(WebhookRows::webhook)
        .execute(values)
        .map(Admin::first);
  }

  private Future<Void> note(SqlClient client, Actor actor, String what, Webhook now) {
    String detail = now.id() + ", " + now.order().url();
    return admin.audit(client, actor, "webhook." + what, null, null, detail);
  }

  @Override
  public Future<Boolean> delete(Actor actor, String id) {
    return admin.change(
        client ->
            client
                .preparedQuery("delete from webhook where id = $1")
                .execute(Tuple.of(id))
                .compose(
                    rows ->
                        rows.rowCount() == 0
                            ? Future.succeededFuture(false)
                            : admin
                                .audit(client, actor, "webhook.delete", null, null, id)
                                .map(true)));
  }

  @Override
  public Future<Optional<Webhook>> resume(Actor actor, String id) {
    return admin.change(
        client ->
            client
                .preparedQuery(RESUME)
                .mapping(WebhookRows::webhook)
                .execute(Tuple.of(id))
                .map(Admin::first)
                .compose(
                    resumed ->
                        resumed.isEmpty()
                            ? Future.succeededFuture(resumed)
                            : note(client, actor, "resume", resumed.get()).map(resumed)));
  }

  @Override
  public Future<Integer> waiting(Webhook webhook) {
    return admin.read(client -> PgWebhookLedger.waiting(client, webhook));
  }
}
