package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductChange;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.Secret;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Products, their policies and the versions of their keys. */
final class ProductEndpoints {
  private final ProductRegistry products;
  private final ConnectionCheck connections;
  private final Vault vault;

  ProductEndpoints(ProductRegistry products, Connections connections, Vault vault) {
    this.products = products;
    this.connections = new ConnectionCheck(products, connections);
    this.vault = vault;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("listProducts", this::list);
    endpoints.put("createProduct", this::create);
    endpoints.put("getProduct", this::get);
    endpoints.put("updateProduct", this::update);
    endpoints.put("addProductKey", this::addKey);
    endpoints.put("setProductKeyRetired", this::setKeyRetired);
  }

  /** The product as it is in the database now; fails with a 404. */
  static Future<Product> require(ProductRegistry products, String id) {
    return products
        .refresh()
        .map(fresh -> products.product(id).orElseThrow(() -> Problem.noProduct(id).exception()));
  }

  private Future<Reply> list(Call call) {
    return products
        .refresh()
        .map(
            fresh -> {
              ObjectNode json = Json.object();
              ArrayNode array = json.putArray("products");
              products.products().stream()
                  .filter(product -> call.caller().sees(product.id()))
                  .forEach(product -> array.add(ProductJson.write(product, Instant.now())));
              return Reply.json(json);
            });
  }

  private Future<Reply> get(Call call) {
    return require(products, call.productId())
        .map(product -> Reply.json(ProductJson.write(product, Instant.now())));
  }

  private record NewProduct(String id, ProductSettings settings) {}

  private Future<Reply> create(Call call) {
    NewProduct wanted =
        call.read(
            fields -> new NewProduct(ProductJson.readId(fields), ProductJson.readSettings(fields)));
    Gate.requireProduct(call.caller(), wanted.id());
    return connections
        .check(call.caller(), wanted.settings().connectionId())
        .compose(usable -> products.create(call.caller().actor(), wanted.id(), wanted.settings()))
        .map(
            change ->
                Reply.created(
                    changed(change, "a product of this id exists already: update it instead")));
  }

  private record Update(long version, ProductSettings settings) {}

  private Future<Reply> update(Call call) {
    Update wanted =
        call.read(
            fields ->
                new Update(
                    fields.integer("version", 1, Long.MAX_VALUE),
                    ProductJson.readSettings(fields)));
    return require(products, call.productId())
        .compose(
            now ->
                now.connectionId() == wanted.settings().connectionId()
                    ? Future.succeededFuture()
                    : connections.check(call.caller(), wanted.settings().connectionId()))
        .compose(
            usable ->
                products.update(
                    call.caller().actor(), call.productId(), wanted.version(), wanted.settings()))
        .map(
            change ->
                Reply.json(
                    changed(
                        change,
                        "the product was changed meanwhile: look at 'current', then update with"
                            + " its version")));
  }

  private record NewKey(OptionalLong version, Optional<Secret> key) {}

  private Future<Reply> addKey(Call call) {
    NewKey wanted =
        call.read(fields -> new NewKey(fields.optionalInteger("version", 1, 255), readKey(fields)));
    return require(products, call.productId())
        .compose(product -> addKey(call, product, wanted))
        .map(
            change ->
                Reply.created(
                    changed(
                        change,
                        "the product was changed meanwhile, or has this key version"
                            + " already: look at 'current' and choose another version")))
        .onComplete(done -> wanted.key().ifPresent(Secret::wipe));
  }

  private Future<ProductChange> addKey(Call call, Product product, NewKey wanted) {
    int newest = product.keys().stream().mapToInt(ProductKey::version).max().orElse(0);
    int version = (int) wanted.version().orElse(newest + 1L);
    if (version > 255) {
      throw Problem.of(
              Problem.Kind.CONFLICT,
              "key version 255 is the last one: name an unused lower version, or make a new"
                  + " product")
          .exception();
    }
    byte[] source =
        wanted
            .key()
            .map(key -> vault.importSource(product.id(), version, key))
            .orElseGet(vault::newSource);
    return products.addKey(call.caller().actor(), product.id(), OptionalInt.of(version), source);
  }

  private static Optional<Secret> readKey(Fields fields) {
    Optional<String> hex = fields.optionalText("key");
    if (hex.isEmpty()) {
      return Optional.empty();
    }
    if (!hex.get().matches("[0-9A-Fa-f]{64}")) {
      fields.fault("key", "must have 64 hex digits");
      return Optional.empty();
    }
    byte[] bytes = HexFormat.of().parseHex(hex.get());
    boolean uniform = true;
    for (byte b : bytes) {
      uniform &= b == bytes[0];
    }
    if (uniform) {
      fields.fault("key", "repeats one byte: a product key must be random");
    }
    return Optional.of(Secret.adopt(bytes));
  }

  private Future<Reply> setKeyRetired(Call call) {
    int version = (int) call.number("keyVersion", 1, 255);
    boolean retired = call.read(fields -> fields.requiredFlag("retired"));
    return require(products, call.productId())
        .compose(
            product -> {
              if (product.key(version).isEmpty()) {
                throw Problem.notFound(
                        "the product has no key version " + version + ": add it first")
                    .exception();
              }
              return products.setKeyRetired(call.caller().actor(), product.id(), version, retired);
            })
        .map(change -> Reply.json(changed(change, "the product was changed meanwhile: try again")));
  }

  /** The product after a change, or the problem that there was. */
  static ObjectNode changed(ProductChange change, String conflict) {
    if (change instanceof ProductChange.Changed done) {
      return ProductJson.write(done.now(), Instant.now());
    }
    throw problem(change, conflict).exception();
  }

  private static Problem problem(ProductChange change, String conflict) {
    if (change instanceof ProductChange.NotFound missing) {
      return Problem.noProduct(missing.id());
    }
    if (change instanceof ProductChange.Invalid invalid) {
      return Problem.of(Problem.Kind.BAD_REQUEST, invalid.why());
    }
    Problem problem = Problem.of(Problem.Kind.CONFLICT, conflict);
    if (change instanceof ProductChange.Conflict other) {
      problem.with(
          document -> document.set("current", ProductJson.write(other.now(), Instant.now())));
    }
    return problem;
  }
}
