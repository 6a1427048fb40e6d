package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductChange;
import io.otakey.gateway.registry.ProductChange.Changed;
import io.otakey.gateway.registry.ProductChange.Conflict;
import io.otakey.gateway.registry.ProductChange.Invalid;
import io.otakey.gateway.registry.ProductChange.NotFound;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** Products in PostgreSQL. Every change locks the product's row, so that commits see it whole. */
final class PgProductRegistry implements ProductRegistry {
  private static final int MAX_KEY_VERSION = 255;

  private static final String ADD_KEY =
      "insert into product_key (product_id, version, source) values ($1, $2, $3)";

  private static final String RETIRE_KEY =
      "update product_key set retired = $3 where product_id = $1 and version = $2";

  /** The hot path reads the versions from the product's row. */
  private static final String TELL_KEYS =
      """
      update product set version = version + 1, active_keys = array(
        select k.version from product_key k where k.product_id = $1 and not k.retired)
      where id = $1
      """;

  private final Admin admin;
  private final Catalog catalog;

  PgProductRegistry(Admin admin, Catalog catalog) {
    this.admin = admin;
    this.catalog = catalog;
  }

  @Override
  public Optional<Product> product(String id) {
    return Optional.ofNullable(catalog.snapshot().products().get(id));
  }

  @Override
  public boolean inCampaign(String id) {
    return catalog.snapshot().inCampaign().contains(id);
  }

  @Override
  public List<Product> products() {
    return List.copyOf(catalog.snapshot().products().values());
  }

  @Override
  public Future<Void> refresh() {
    return admin.read(client -> catalog.refresh());
  }

  @Override
  public Future<ProductChange> create(Actor actor, String id, ProductSettings settings) {
    List<String> problems = new ArrayList<>();
    if (!DeviceRef.isProductId(id)) {
      problems.add("product id must match [a-z0-9][a-z0-9-]{0,31}");
    }
    settings.validate(problems);
    if (!problems.isEmpty()) {
      return Future.succeededFuture(new Invalid(String.join("; ", problems)));
    }
    return changed(
        connection ->
            connection
                .preparedQuery(ProductSql.INSERT)
                .execute(ProductSql.settings(id, settings))
                .compose(
                    inserted ->
                        inserted.rowCount() == 0
                            ? ProductSql.one(connection, id).map(PgProductRegistry::conflict)
                            : done(connection, actor, "product.create", id, settings.inWords())));
  }

  @Override
  public Future<ProductChange> update(
      Actor actor, String id, long seenVersion, ProductSettings settings) {
    List<String> problems = new ArrayList<>();
    settings.validate(problems);
    if (!problems.isEmpty()) {
      return Future.succeededFuture(new Invalid(String.join("; ", problems)));
    }
    return locked(
        id,
        (connection, product) ->
            product.version() != seenVersion
                ? Future.succeededFuture(new Conflict(product))
                : connection
                    .preparedQuery(ProductSql.UPDATE)
                    .execute(ProductSql.settings(id, settings))
                    .compose(
                        v -> done(connection, actor, "product.update", id, settings.inWords())));
  }

  @Override
  public Future<ProductChange> addKey(Actor actor, String id, OptionalInt version, byte[] source) {
    return locked(
        id,
        (connection, product) -> {
          int next = product.keys().stream().mapToInt(ProductKey::version).max().orElse(0) + 1;
          int chosen = version.orElse(next);
          if (chosen < 1 || chosen > MAX_KEY_VERSION) {
            return invalid("key version is outside 1..255: retire the product, or pick a free one");
          }
          if (product.key(chosen).isPresent()) {
            return invalid("key version " + chosen + " exists: versions are never used again");
          }
          return connection
              .preparedQuery(ADD_KEY)
              .execute(Tuple.of(id, chosen, Buffer.buffer(source)))
              .compose(v -> connection.preparedQuery(TELL_KEYS).execute(Tuple.of(id)))
              .compose(v -> done(connection, actor, "product.addKey", id, "version " + chosen));
        });
  }

  @Override
  public Future<ProductChange> setKeyRetired(Actor actor, String id, int version, boolean retired) {
    return locked(
        id,
        (connection, product) ->
            product.key(version).isEmpty()
                ? invalid("product " + id + " has no key version " + version)
                : connection
                    .preparedQuery(RETIRE_KEY)
                    .execute(Tuple.of(id, version, retired))
                    .compose(v -> connection.preparedQuery(TELL_KEYS).execute(Tuple.of(id)))
                    .compose(
                        v ->
                            done(
                                connection,
                                actor,
                                retired ? "product.retireKey" : "product.reinstateKey",
                                id,
                                "version " + version)));
  }

  private interface Step {
    Future<ProductChange> on(SqlConnection connection, Product product);
  }

  private Future<ProductChange> locked(String id, Step step) {
    return changed(
        connection ->
            ProductSql.lock(connection, id)
                .compose(v -> ProductSql.one(connection, id))
                .compose(
                    found ->
                        found.isEmpty()
                            ? Future.succeededFuture(new NotFound(id))
                            : step.on(connection, found.get())));
  }

  /** After the transaction, this node's snapshot holds the change, too. */
  private Future<ProductChange> changed(Function<SqlConnection, Future<ProductChange>> steps) {
    return admin
        .change(steps)
        .compose(change -> refresh().otherwiseEmpty().map(refreshed -> change));
  }

  private Future<ProductChange> done(
      SqlConnection connection, Actor actor, String action, String id, String detail) {
    return admin
        .audit(connection, actor, action, id, null, detail)
        .compose(v -> ProductSql.one(connection, id))
        .map(product -> new Changed(product.orElseThrow()));
  }

  private static ProductChange conflict(Optional<Product> existing) {
    return new Conflict(existing.orElseThrow());
  }

  private static Future<ProductChange> invalid(String why) {
    return Future.succeededFuture(new Invalid(why));
  }
}
