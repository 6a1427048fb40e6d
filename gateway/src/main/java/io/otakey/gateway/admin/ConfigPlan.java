package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.admin.ConfigChange.Action;
import io.otakey.gateway.admin.ConfigChange.Field;
import io.otakey.gateway.admin.ConfigChange.Kind;
import io.otakey.gateway.admin.ConfigDocument.KeyEntry;
import io.otakey.gateway.admin.ConfigDocument.ProductEntry;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.vault.KeySource;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.WebhookSecrets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What is to be done so that the gateway is as a document says. The whole document is compared
 * before anything is done.
 */
final class ConfigPlan {
  private final Caller caller;
  private final Vault vault;
  private final Map<String, Product> products;

  /** Connections that the caller may use. */
  private final Map<Integer, Connections.Stored> usable;

  /** The gateway's id for each connection of the document; empty = it is yet to be stored. */
  private final Map<Integer, OptionalInt> ids = new HashMap<>();

  private final List<ConfigStep> steps = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  private ConfigPlan(
      Caller caller, Vault vault, List<Product> products, List<Connections.Stored> stored) {
    this.caller = caller;
    this.vault = vault;
    this.products = products.stream().collect(Collectors.toMap(Product::id, Function.identity()));
    Set<Integer> granted =
        products.stream()
            .filter(product -> caller.sees(product.id()))
            .map(Product::connectionId)
            .collect(Collectors.toSet());
    this.usable =
        stored.stream()
            .filter(connection -> !caller.limited() || granted.contains(connection.id()))
            .collect(Collectors.toMap(Connections.Stored::id, Function.identity()));
  }

  /** Compares; throws a problem if the document cannot be applied, or not by this caller. */
  static ConfigPlan of(
      ConfigDocument document,
      Caller caller,
      Vault vault,
      List<Product> products,
      List<Connections.Stored> stored,
      PlatformService platforms,
      List<Webhook> webhooks,
      WebhookSecrets webhookSecrets) {
    document.products().forEach(product -> Gate.requireProduct(caller, product.id()));
    ConfigPlan plan = new ConfigPlan(caller, vault, products, stored);
    document.connections().forEach(plan::planConnection);
    new ConfigPlatforms(caller, platforms, vault)
        .plan(document.platforms(), plan.steps, plan.faults);
    new ConfigWebhooks(caller, webhooks, webhookSecrets)
        .plan(document.webhooks(), plan.steps, plan.faults);
    document.products().forEach(plan::planProduct);
    Problem.throwIfAny(plan.faults);
    return plan;
  }

  List<ConfigStep> steps() {
    return List.copyOf(steps);
  }

  /** The gateway's ids of the document's connections that were there before. */
  Map<Integer, Integer> knownIds() {
    return ids.entrySet().stream()
        .filter(entry -> entry.getValue().isPresent())
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().getAsInt()));
  }

  private void planConnection(Connections.Stored wanted) {
    ObjectNode content = content(wanted);
    Connections.Stored sameId = usable.get(wanted.id());
    OptionalInt found =
        sameId != null && content(sameId).equals(content)
            ? OptionalInt.of(wanted.id())
            : usable.values().stream()
                .filter(candidate -> content(candidate).equals(content))
                .mapToInt(Connections.Stored::id)
                .min();
    ids.put(wanted.id(), found);
    if (found.isPresent()) {
      return;
    }
    if (caller.limited()) {
      throw Gate.forbidden(
          "connection "
              + wanted.id()
              + " would be new, and the token is limited to some products: let an administrator of"
              + " the installation create it");
    }
    String name = Integer.toString(wanted.id());
    List<Field> fields = ConfigChange.differences(Json.object(), content);
    steps.add(
        new ConfigStep.CreateConnection(
            new ConfigChange(Kind.CONNECTION, name, Action.CREATE, fields), wanted));
  }

  private void planProduct(ProductEntry wanted) {
    Optional<Product> now = Optional.ofNullable(products.get(wanted.id()));
    ObjectNode before =
        now.map(
                product ->
                    settings(product.name(), connection(product.connectionId()), product.policy()))
            .orElseGet(Json::object);
    ObjectNode after =
        settings(
            wanted.settings().name(), wantedConnection(wanted, now), wanted.settings().policy());
    List<Field> fields = ConfigChange.differences(before, after);
    if (now.isEmpty()) {
      steps.add(
          new ConfigStep.CreateProduct(
              new ConfigChange(Kind.PRODUCT, wanted.id(), Action.CREATE, fields), wanted));
    } else if (!fields.isEmpty()) {
      steps.add(
          new ConfigStep.UpdateProduct(
              new ConfigChange(Kind.PRODUCT, wanted.id(), Action.UPDATE, fields),
              wanted,
              now.get().version()));
    }
    wanted.keys().orElse(List.of()).forEach(key -> planKey(wanted.id(), now, key));
  }

  /** How the wanted connection is shown; a fault if the gateway does not have it. */
  private String wantedConnection(ProductEntry wanted, Optional<Product> now) {
    int id = wanted.settings().connectionId();
    OptionalInt known = ids.getOrDefault(id, OptionalInt.of(id));
    if (known.isEmpty()) {
      return "new, " + id + " of the document";
    }
    boolean kept = now.isPresent() && now.get().connectionId() == known.getAsInt();
    if (known.getAsInt() != 0 && !kept && !usable.containsKey(known.getAsInt())) {
      faults.add(
          "product "
              + wanted.id()
              + " names connection "
              + id
              + ", which neither the document nor the gateway has for this token: add it to the"
              + " document");
    }
    return connection(known.getAsInt());
  }

  private void planKey(String productId, Optional<Product> product, KeyEntry wanted) {
    String name = productId + "/" + wanted.version();
    Optional<ProductKey> now = product.flatMap(known -> known.key(wanted.version()));
    if (now.isPresent()) {
      compareKey(productId, name, now.get(), wanted);
    } else if (wanted.imported()) {
      steps.add(
          new ConfigStep.ImportKey(new ConfigChange(Kind.KEY, name, Action.IMPORT, List.of())));
    } else {
      planNewKey(productId, name, wanted);
    }
  }

  private void planNewKey(String productId, String name, KeyEntry wanted) {
    Optional<byte[]> source =
        wanted.root().isPresent()
            ? vault.sourceUnder((int) wanted.root().getAsLong())
            : Optional.of(vault.newSource());
    if (source.isEmpty()) {
      faults.add(
          "key "
              + name
              + " is derived from a root secret that the vault does not hold: restore the vault"
              + " from its backup, or leave 'root' out for a new key");
      return;
    }
    List<Field> fields = List.of(new Field("retired", "none", "" + wanted.retired()));
    ConfigChange change = new ConfigChange(Kind.KEY, name, Action.CREATE, fields);
    steps.add(new ConfigStep.AddKey(change, productId, wanted, source.get()));
  }

  private void compareKey(String productId, String name, ProductKey now, KeyEntry wanted) {
    Optional<KeySource> source = ProductJson.source(now);
    boolean same =
        source.isPresent()
            && source.get().imported() == wanted.imported()
            && (wanted.root().isEmpty() || wanted.root().getAsLong() == source.get().root());
    if (!same) {
      faults.add(
          "key "
              + name
              + " is another one than the document means, and a key never changes: give the"
              + " document's key another version");
    } else if (now.retired() != wanted.retired()) {
      List<Field> fields = List.of(new Field("retired", "" + now.retired(), "" + wanted.retired()));
      ConfigChange change = new ConfigChange(Kind.KEY, name, Action.UPDATE, fields);
      steps.add(new ConfigStep.RetireKey(change, productId, wanted));
    }
  }

  private static ObjectNode settings(String name, String connection, EnrollmentPolicy policy) {
    ObjectNode json = Json.object().put("name", name).put("connectionId", connection);
    json.set("policy", PolicyJson.write(policy));
    return json;
  }

  private static String connection(int id) {
    return id == 0 ? "none" : Integer.toString(id);
  }

  private static ObjectNode content(Connections.Stored stored) {
    ObjectNode content = ConnectionJson.write(stored);
    content.remove("id");
    return content;
  }
}
