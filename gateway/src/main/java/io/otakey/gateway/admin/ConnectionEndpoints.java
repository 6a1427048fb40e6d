package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.ProductRegistry;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;

/** Cloud connections. */
final class ConnectionEndpoints {
  private final ProductRegistry products;
  private final Connections connections;

  ConnectionEndpoints(ProductRegistry products, Connections connections) {
    this.products = products;
    this.connections = connections;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("listConnections", this::list);
    endpoints.put("createConnection", this::create);
  }

  private Future<Reply> list(Call call) {
    return products
        .refresh()
        .compose(fresh -> connections.list())
        .map(
            all -> {
              Set<Integer> granted = ConnectionCheck.granted(products, call.caller());
              ObjectNode json = Json.object();
              ArrayNode array = json.putArray("connections");
              all.stream()
                  .filter(stored -> !call.caller().limited() || granted.contains(stored.id()))
                  .forEach(stored -> array.add(write(stored)));
              return Reply.json(json);
            });
  }

  private Future<Reply> create(Call call) {
    Connection wanted = call.read(ConnectionJson::read);
    return connections
        .create(call.caller().actor(), wanted)
        .map(stored -> Reply.created(write(stored)))
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof IllegalStateException
                        ? Problem.of(
                                Problem.Kind.CONFLICT,
                                "all 65535 connection ids are used and none is used again: use an"
                                    + " existing connection")
                            .exception()
                        : failure));
  }

  private static ObjectNode write(Connections.Stored stored) {
    return ConnectionJson.write(stored).put("createdAt", stored.createdAt().toString());
  }
}
