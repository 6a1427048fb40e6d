package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Connections in PostgreSQL. */
final class PgConnections implements Connections {
  private final Admin admin;
  private final Catalog catalog;
  private final ChangeLog changes;

  PgConnections(Admin admin, Catalog catalog, ChangeLog changes) {
    this.changes = changes;
    this.admin = admin;
    this.catalog = catalog;
  }

  @Override
  public Optional<Connection> connection(int id) {
    return Optional.ofNullable(catalog.snapshot().connections().get(id)).map(Stored::connection);
  }

  @Override
  public Future<Stored> create(Actor actor, Connection connection) {
    List<String> problems = new ArrayList<>();
    connection.validate(problems);
    return Admin.accept(problems)
        .compose(
            valid ->
                admin.change(
                    changes,
                    client ->
                        client
                            .query("lock table connection in exclusive mode")
                            .execute()
                            .compose(v -> ConnectionSql.insert(client, connection))
                            .compose(PgConnections::stored)
                            .compose(
                                stored ->
                                    admin
                                        .audit(
                                            client,
                                            actor,
                                            "connection.create",
                                            null,
                                            null,
                                            "id " + stored.id() + ", " + connection)
                                        .map(stored)),
                    stored -> List.of(new Change.NewConnection(stored.id(), stored.connection()))))
        .compose(stored -> catalog.refresh().otherwiseEmpty().map(v -> stored));
  }

  private static Future<Stored> stored(Optional<Stored> stored) {
    return stored
        .map(Future::succeededFuture)
        .orElseGet(
            () ->
                Future.failedFuture(
                    new IllegalStateException("all connection ids from 1 to 65535 are used")));
  }

  @Override
  public Future<List<Stored>> list() {
    return admin.read(ConnectionSql::all);
  }
}
