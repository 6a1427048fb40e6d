package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.vault.KeySource;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Products in JSON. */
final class ProductJson {
  private ProductJson() {}

  /** The product without anything secret, as of an instant. */
  static ObjectNode write(Product product, Instant now) {
    ObjectNode json = Json.object();
    json.put("id", product.id());
    json.put("name", product.name());
    json.set("policy", PolicyJson.write(product.policy()));
    json.put("connectionId", product.connectionId());
    ArrayNode keys = json.putArray("keys");
    for (ProductKey key : product.keys()) {
      keys.addObject()
          .put("version", key.version())
          .put("retired", key.retired())
          .put("imported", source(key).map(KeySource::imported).orElse(false));
    }
    json.put("version", product.version());
    json.put("generation", product.generation());
    json.put("inRecovery", product.inRecovery());
    json.put("unprotected", product.policy().reEnroll().until().filter(now::isBefore).isPresent());
    return json;
  }

  /** Where the key comes from; empty if no vault wrote it. */
  static Optional<KeySource> source(ProductKey key) {
    return KeySource.of(key.source());
  }

  /** A product id, with a fault if it is none. */
  static String readId(Fields fields) {
    String id = fields.text("id");
    if (!id.isEmpty() && !DeviceRef.isProductId(id)) {
      fields.fault("id", "must match [a-z0-9][a-z0-9-]{0,31}");
    }
    return id;
  }

  static ProductSettings readSettings(Fields fields) {
    int before = fields.faults().size();
    ProductSettings settings =
        new ProductSettings(
            fields.text("name"),
            PolicyJson.read(fields, "policy"),
            (int) fields.optionalInteger("connectionId", 0, Connection.MAX_ID).orElse(0));
    if (fields.faults().size() == before) {
      List<String> problems = new ArrayList<>();
      settings.validate(problems);
      fields.faults(problems);
    }
    return settings;
  }
}
