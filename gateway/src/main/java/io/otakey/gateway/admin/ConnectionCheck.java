package io.otakey.gateway.admin;

import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductRegistry;
import io.vertx.core.Future;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether a caller may let a product grant a connection. */
final class ConnectionCheck {
  private final ProductRegistry products;
  private final Connections connections;

  ConnectionCheck(ProductRegistry products, Connections connections) {
    this.products = products;
    this.connections = connections;
  }

  /** Completes if it is there and the caller sees it; 0 is no connection and always right. */
  Future<Void> check(Caller caller, int id) {
    if (id == 0) {
      return Future.succeededFuture();
    }
    if (caller.limited() && !granted(products, caller).contains(id)) {
      throw Gate.forbidden(
          "a token that is limited to some products may use only connections that these grant"
              + " already: let an administrator of the installation set connection "
              + id);
    }
    if (connections.connection(id).isPresent()) {
      return Future.succeededFuture();
    }
    return connections
        .list()
        .map(
            all -> {
              if (all.stream().noneMatch(stored -> stored.id() == id)) {
                throw Problem.of(
                        Problem.Kind.BAD_REQUEST,
                        "there is no connection " + id + ": create it first, or give 0 for none")
                    .exception();
              }
              return null;
            });
  }

  /** Connections that the caller's products grant now. */
  static Set<Integer> granted(ProductRegistry products, Caller caller) {
    return products.products().stream()
        .filter(product -> caller.sees(product.id()))
        .map(Product::connectionId)
        .collect(Collectors.toUnmodifiableSet());
  }
}
