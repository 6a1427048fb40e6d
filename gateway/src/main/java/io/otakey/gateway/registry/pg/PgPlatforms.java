package io.otakey.gateway.registry.pg;

import io.otakey.gateway.platform.Debt;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.PlatformRegistry;
import io.otakey.gateway.platform.Reconciliation;
import io.otakey.gateway.registry.Actor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Platforms in PostgreSQL. */
final class PgPlatforms implements PlatformRegistry {
  private static final String KIND = "select kind from platform where id = $1 for update";

  private static final String HAS_LOGINS =
      "select 1 from credential where platform_id = $1 limit 1";

  private static final String PUT =
      """
      insert into platform as p (id, kind, pushes, settings, sealed) values ($1, $2, $3, $4, $5)
      on conflict (id) do update set kind = excluded.kind, pushes = excluded.pushes,
        settings = excluded.settings, sealed = excluded.sealed, version = excluded.version
      returning\s"""
          + PlatformRows.COLUMNS;

  private final Admin admin;
  private final Catalog catalog;

  PgPlatforms(Admin admin, Catalog catalog) {
    this.admin = admin;
    this.catalog = catalog;
  }

  @Override
  public Collection<Platform> platforms() {
    return catalog.snapshot().platforms().values();
  }

  @Override
  public Optional<Platform> platform(String id) {
    return Optional.ofNullable(catalog.snapshot().platforms().get(id));
  }

  @Override
  public Future<Platform> put(Actor actor, Platform platform, boolean pushes) {
    return admin
        .change(
            client ->
                mayTurnInto(client, platform)
                    .compose(v -> write(client, platform, pushes))
                    .compose(
                        stored ->
                            (pushes ? ask(client, platform.id()) : Future.<Void>succeededFuture())
                                .compose(v -> note(client, actor, "put", stored))
                                .map(stored)))
        .compose(stored -> catalog.refresh().otherwiseEmpty().map(v -> stored));
  }

  private static Future<Void> mayTurnInto(SqlConnection client, Platform platform) {
    return client
        .preparedQuery(KIND)
        .execute(Tuple.of(platform.id()))
        .map(Admin::first)
        .compose(
            present ->
                present.isEmpty() || present.get().getString(0).equals(platform.kind())
                    ? Future.succeededFuture()
                    : hasNoLogins(
                        client,
                        platform.id(),
                        "its kind cannot be changed. Move its devices elsewhere first, or delete it"
                            + " and abandon what is there"));
  }

  private static Future<Void> hasNoLogins(SqlClient client, String id, String hence) {
    return client
        .preparedQuery(HAS_LOGINS)
        .execute(Tuple.of(id))
        .compose(
            rows ->
                rows.size() == 0
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new IllegalStateException("platform " + id + " has logins: " + hence)));
  }

  private static Future<Platform> write(SqlConnection client, Platform platform, boolean pushes) {
    Tuple values =
        Tuple.of(platform.id(), platform.kind(), pushes)
            .addJsonObject(PlatformRows.settings(platform))
            .addValue(platform.sealed().map(Buffer::buffer).orElse(null));
    return client
        .preparedQuery(PUT)
        .mapping(PlatformRows::platform)
        .execute(values)
        .map(rows -> rows.iterator().next());
  }

  private static Future<Void> ask(SqlClient client, String id) {
    return client.preparedQuery(PlatformSql.ASK).execute(Tuple.of(id)).mapEmpty();
  }

  private Future<Void> note(SqlConnection client, Actor actor, String what, Platform platform) {
    String detail = platform.id() + ", kind " + platform.kind() + ", " + platform.settings();
    return admin.audit(client, actor, "platform." + what, null, null, detail);
  }

  @Override
  public Future<Boolean> delete(Actor actor, String id, boolean abandon) {
    return admin
        .change(
            client ->
                client
                    .preparedQuery(
                        "select "
                            + PlatformRows.COLUMNS
                            + " from platform where id = $1 for update")
                    .mapping(PlatformRows::platform)
                    .execute(Tuple.of(id))
                    .map(Admin::first)
                    .compose(
                        present ->
                            present.isPresent()
                                ? delete(client, actor, present.get(), abandon).map(true)
                                : Future.succeededFuture(false)))
        .compose(deleted -> catalog.refresh().otherwiseEmpty().map(v -> deleted));
  }

  private Future<Void> delete(
      SqlConnection client, Actor actor, Platform platform, boolean abandon) {
    Tuple id = Tuple.of(platform.id());
    Future<Void> cleared =
        abandon
            ? client
                .preparedQuery("delete from credential where platform_id = $1")
                .execute(id)
                .mapEmpty()
            : hasNoLogins(
                client,
                platform.id(),
                "move its devices elsewhere first, or abandon what is there");
    return cleared
        .compose(v -> client.preparedQuery("delete from platform where id = $1").execute(id))
        .compose(v -> note(client, actor, abandon ? "abandon" : "delete", platform));
  }

  @Override
  public Future<List<Debt>> debts() {
    return admin.read(
        client ->
            client
                .query(PlatformSql.DEBTS)
                .mapping(PlatformRows::debt)
                .execute()
                .map(rows -> rows.stream().toList()));
  }

  @Override
  public Future<Optional<Reconciliation>> reconcile(Actor actor, String id) {
    return admin.change(
        client ->
            client
                .preparedQuery("select pushes from platform where id = $1")
                .execute(Tuple.of(id))
                .map(Admin::first)
                .compose(
                    known ->
                        known.isEmpty()
                            ? Future.succeededFuture(Optional.empty())
                            : known.get().getBoolean(0)
                                ? ask(client, id)
                                    .compose(
                                        v ->
                                            admin.audit(
                                                client,
                                                actor,
                                                "platform.reconcile",
                                                null,
                                                null,
                                                id))
                                    .compose(v -> reconciliation(client, id))
                                : Future.failedFuture(
                                    new IllegalStateException(
                                        "nothing is written into platform "
                                            + id
                                            + ": there is nothing to compare"))));
  }

  @Override
  public Future<Optional<Reconciliation>> reconciliation(String id) {
    return admin.read(client -> reconciliation(client, id));
  }

  private static Future<Optional<Reconciliation>> reconciliation(SqlClient client, String id) {
    return client
        .preparedQuery(PlatformSql.RECONCILIATION + "where platform_id = $1")
        .mapping(PlatformRows::reconciliation)
        .execute(Tuple.of(id))
        .map(Admin::first);
  }
}
