package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.WebhookOrder;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Configuration as code: what {@code GET /config} gives and {@code POST /config} takes. Without
 * secrets: a key is named by its version and the root secret that it is derived from.
 */
record ConfigDocument(
    List<Connections.Stored> connections,
    List<PlatformEntry> platforms,
    List<WebhookEntry> webhooks,
    List<ProductEntry> products) {
  /**
   * One platform.
   *
   * @param sealed its secrets, of no use without the vault; empty = they stay as they are
   */
  record PlatformEntry(
      String id, String kind, Map<String, String> settings, Optional<byte[]> sealed) {}

  /**
   * One webhook.
   *
   * @param sealed its secret, of no use without the vault; empty = it stays as it is
   */
  record WebhookEntry(String id, WebhookOrder order, Optional<byte[]> sealed) {}

  /**
   * One product.
   *
   * @param settings their connection id is the document's
   * @param keys empty = keys stay as they are
   */
  record ProductEntry(String id, ProductSettings settings, Optional<List<KeyEntry>> keys) {}

  /**
   * One key version.
   *
   * @param imported the key is not derived, and not here
   * @param root version of the root secret; empty = the newest
   */
  record KeyEntry(int version, boolean retired, boolean imported, OptionalLong root) {}

  private static final String FORMAT = "otakey-config/1";
  private static final int MAX_PRODUCTS = 10_000;
  private static final int MAX_KEYS = 255;
  private static final int MAX_PLATFORMS = 10_000;
  private static final Base64.Encoder BASE64 = Base64.getEncoder();

  static ObjectNode write(
      List<Connections.Stored> connections,
      Collection<Platform> platforms,
      List<Webhook> webhooks,
      List<Product> products) {
    ObjectNode document = Json.object().put("format", FORMAT);
    ArrayNode first = document.putArray("connections");
    connections.forEach(stored -> first.add(ConnectionJson.write(stored)));
    ArrayNode second = document.putArray("platforms");
    platforms.forEach(platform -> second.add(write(platform)));
    ArrayNode third = document.putArray("webhooks");
    webhooks.forEach(webhook -> third.add(write(webhook)));
    ArrayNode fourth = document.putArray("products");
    products.forEach(product -> fourth.add(write(product)));
    return document;
  }

  private static ObjectNode write(Platform platform) {
    ObjectNode json = Json.object().put("id", platform.id()).put("kind", platform.kind());
    ObjectNode settings = json.putObject("settings");
    new TreeMap<>(platform.settings()).forEach(settings::put);
    platform.sealed().ifPresent(secrets -> json.put("sealed", BASE64.encodeToString(secrets)));
    return json;
  }

  private static ObjectNode write(Webhook webhook) {
    return WebhookJson.write(webhook.id(), webhook.order())
        .put("sealed", BASE64.encodeToString(webhook.secrets().current()));
  }

  private static ObjectNode write(Product product) {
    ObjectNode json = Json.object().put("id", product.id()).put("name", product.name());
    json.put("connectionId", product.connectionId());
    json.set("policy", PolicyJson.write(product.policy()));
    ArrayNode keys = json.putArray("keys");
    for (ProductKey key : product.keys()) {
      ObjectNode entry = keys.addObject().put("version", key.version());
      entry.put("retired", key.retired());
      ProductJson.source(key)
          .ifPresent(
              source -> {
                if (source.imported()) {
                  entry.put("imported", true);
                } else {
                  entry.put("root", source.root());
                }
              });
    }
    return json;
  }

  static ConfigDocument read(Fields fields) {
    if (!fields.text("format").equals(FORMAT)) {
      fields.fault("format", "must be " + FORMAT);
    }
    List<Connections.Stored> connections = new ArrayList<>();
    for (Fields entry : fields.objects("connections", Connection.MAX_ID)) {
      int id = (int) entry.integer("id", 1, Connection.MAX_ID);
      Optional<Instant> createdAt = entry.time("createdAt");
      connections.add(
          new Connections.Stored(id, ConnectionJson.read(entry), createdAt.orElse(Instant.EPOCH)));
      entry.checkUnknown();
    }
    List<PlatformEntry> platforms = new ArrayList<>();
    for (Fields entry : fields.objects("platforms", MAX_PLATFORMS)) {
      platforms.add(readPlatform(entry));
      entry.checkUnknown();
    }
    List<WebhookEntry> webhooks = new ArrayList<>();
    for (Fields entry : fields.objects("webhooks", Webhook.MOST)) {
      webhooks.add(new WebhookEntry(entry.text("id"), WebhookJson.read(entry), readSealed(entry)));
      entry.checkUnknown();
    }
    List<ProductEntry> products = new ArrayList<>();
    for (Fields entry : fields.objects("products", MAX_PRODUCTS)) {
      products.add(
          new ProductEntry(
              ProductJson.readId(entry), ProductJson.readSettings(entry), readKeys(entry)));
      entry.checkUnknown();
    }
    Set<Object> seen = new HashSet<>();
    if (!connections.stream().allMatch(stored -> seen.add(stored.id()))) {
      fields.fault("connections", "name an id twice: give each its own");
    }
    if (!platforms.stream().allMatch(platform -> seen.add("platform " + platform.id()))) {
      fields.fault("platforms", "name an id twice: keep one of them");
    }
    if (!webhooks.stream().allMatch(webhook -> seen.add("webhook " + webhook.id()))) {
      fields.fault("webhooks", "name an id twice: keep one of them");
    }
    if (!webhooks.stream().allMatch(webhook -> DeviceRef.isProductId(webhook.id()))) {
      fields.fault("webhooks", "must have ids that match [a-z0-9][a-z0-9-]{0,31}");
    }
    if (!products.stream().allMatch(product -> seen.add(product.id()))) {
      fields.fault("products", "name an id twice: keep one of them");
    }
    return new ConfigDocument(connections, platforms, webhooks, products);
  }

  private static Optional<byte[]> readSealed(Fields entry) {
    try {
      return entry.optionalText("sealed").map(Base64.getDecoder()::decode);
    } catch (IllegalArgumentException e) {
      entry.fault("sealed", "is no base64: leave it as it was exported");
      return Optional.empty();
    }
  }

  private static PlatformEntry readPlatform(Fields entry) {
    return new PlatformEntry(
        entry.text("id"),
        entry.text("kind"),
        entry.textsByName("settings", PlatformJson.MAX_SETTINGS).orElse(Map.of()),
        readSealed(entry));
  }

  private static Optional<List<KeyEntry>> readKeys(Fields product) {
    if (!product.has("keys")) {
      return Optional.empty();
    }
    List<KeyEntry> keys = new ArrayList<>();
    Set<Integer> versions = new HashSet<>();
    for (Fields entry : product.objects("keys", MAX_KEYS)) {
      KeyEntry key =
          new KeyEntry(
              (int) entry.integer("version", 1, 255),
              entry.flag("retired", false),
              entry.flag("imported", false),
              entry.optionalInteger("root", 1, Integer.MAX_VALUE));
      if (key.imported() && key.root().isPresent()) {
        entry.fault("root", "goes with derived keys only: leave it out");
      }
      if (!versions.add(key.version())) {
        entry.fault("version", "is named twice: keep one of them");
      }
      entry.checkUnknown();
      keys.add(key);
    }
    return Optional.of(keys);
  }
}
