package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.platform.PlatformRegistry;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.vault.KeySource;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.webhook.Webhooks;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What would be lost without a part of the vault. Gateway keys are not counted: only devices know
 * which ones their firmware has.
 *
 * @param devices that hold a key of an allocation secret, by its id
 * @param productKeys in use that come from a root secret or are sealed under it, by its version
 * @param settings platforms whose secrets are sealed under a root secret, by its version
 * @param webhooks likewise
 */
record VaultUsage(
    Map<Integer, Long> devices,
    Map<Integer, Long> productKeys,
    Map<Integer, Long> settings,
    Map<Integer, Long> webhooks) {
  /** Counts now; reads every device's row. */
  static Future<VaultUsage> count(
      DeviceAdministration devices,
      ProductRegistry products,
      PlatformRegistry platforms,
      Webhooks webhooks) {
    return products
        .refresh()
        .compose(fresh -> devices.keysByAllocationSecret())
        .compose(
            counts ->
                webhooks
                    .list()
                    .map(
                        all ->
                            new VaultUsage(
                                counts,
                                productKeys(products.products()),
                                sealed(
                                    platforms.platforms().stream()
                                        .flatMap(platform -> platform.sealed().stream())),
                                sealed(all.stream().map(hook -> hook.secrets().current())))));
  }

  private static Map<Integer, Long> sealed(Stream<byte[]> secrets) {
    Map<Integer, Long> counts = new TreeMap<>();
    secrets
        .flatMap(secret -> KeySource.of(secret).stream())
        .forEach(source -> counts.merge(source.root(), 1L, Long::sum));
    return counts;
  }

  private static Map<Integer, Long> productKeys(List<Product> products) {
    Map<Integer, Long> counts = new TreeMap<>();
    for (Product product : products) {
      for (ProductKey key : product.keys()) {
        if (!key.retired()) {
          KeySource.of(key.source())
              .ifPresent(source -> counts.merge(source.root(), 1L, Long::sum));
        }
      }
    }
    return counts;
  }

  /** A sentence for each part that the vault would no longer have although it is in use. */
  List<String> lossesWith(VaultContents fresh) {
    List<String> losses = new ArrayList<>();
    devices.forEach(
        (id, count) -> {
          boolean held =
              fresh.allocationSecrets().stream()
                  .anyMatch(e -> e.id() == id && e.state() != VaultContents.State.RETIRED);
          if (!held) {
            losses.add(count + " devices hold a key of allocation secret " + id);
          }
        });
    productKeys.forEach(
        (version, count) -> {
          if (fresh.roots().stream().noneMatch(root -> root.version() == version)) {
            losses.add(count + " product keys in use come from root secret " + version);
          }
        });
    settings.forEach(
        (version, count) -> {
          if (fresh.roots().stream().noneMatch(root -> root.version() == version)) {
            losses.add(
                count
                    + " platforms have secrets sealed under root secret "
                    + version
                    + " (give them anew with 'platform put')");
          }
        });
    webhooks.forEach(
        (version, count) -> {
          if (fresh.roots().stream().noneMatch(root -> root.version() == version)) {
            losses.add(
                count
                    + " webhooks have secrets sealed under root secret "
                    + version
                    + " (make new ones with 'webhook new-secret')");
          }
        });
    return losses;
  }

  ObjectNode toJson() {
    ObjectNode json = Json.object();
    write(json.putArray("allocationSecrets"), "id", "devices", devices);
    ArrayNode roots = json.putArray("roots");
    Set<Integer> versions = new TreeSet<>(productKeys.keySet());
    versions.addAll(settings.keySet());
    versions.addAll(webhooks.keySet());
    for (int version : versions) {
      roots
          .addObject()
          .put("version", version)
          .put("productKeys", productKeys.getOrDefault(version, 0L))
          .put("platforms", settings.getOrDefault(version, 0L))
          .put("webhooks", webhooks.getOrDefault(version, 0L));
    }
    return json;
  }

  private static void write(
      ArrayNode array, String name, String counted, Map<Integer, Long> counts) {
    counts.forEach((id, count) -> array.add(Json.object().put(name, id).put(counted, count)));
  }
}
