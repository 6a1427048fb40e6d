package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.admin.ConfigDocument.ProductEntry;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductChange;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.webhook.Webhook;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Configuration as code. */
final class ConfigEndpoints {
  private static final String CONFLICT =
      "somebody else changed the same product or key meanwhile: look at the difference again, then"
          + " apply again";

  private final ProductRegistry products;
  private final Connections connections;
  private final PlatformService platforms;
  private final WebhookServices webhooks;
  private final Vault vault;

  ConfigEndpoints(
      ProductRegistry products,
      Connections connections,
      PlatformService platforms,
      WebhookServices webhooks,
      Vault vault) {
    this.products = products;
    this.connections = connections;
    this.platforms = platforms;
    this.webhooks = webhooks;
    this.vault = vault;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("exportConfig", this::export);
    endpoints.put("applyConfig", this::apply);
  }

  private Future<Reply> export(Call call) {
    return stored()
        .map(
            stored -> {
              Caller caller = call.caller();
              Set<Integer> granted = ConnectionCheck.granted(products, caller);
              List<Product> seen =
                  products.products().stream().filter(p -> caller.sees(p.id())).toList();
              List<Connections.Stored> usable =
                  stored.connections().stream()
                      .filter(c -> !caller.limited() || granted.contains(c.id()))
                      .toList();
              List<Webhook> told =
                  stored.webhooks().stream()
                      .filter(webhook -> WebhookEndpoints.sees(caller, webhook.order()))
                      .toList();
              return Reply.of(
                  200,
                  "application/yaml",
                  Json.yaml(ConfigDocument.write(usable, platforms(caller), told, seen)));
            });
  }

  private Future<Reply> apply(Call call) {
    Query query = call.query();
    boolean dryRun = query.flag("dryRun");
    query.check();
    ConfigDocument document = Call.read(Json.parseYaml(call.body()), ConfigDocument::read);
    return stored()
        .compose(
            stored -> {
              ConfigPlan plan =
                  ConfigPlan.of(
                      document,
                      call.caller(),
                      vault,
                      products.products(),
                      stored.connections(),
                      platforms,
                      stored.webhooks(),
                      webhooks.secrets());
              return dryRun
                  ? Future.succeededFuture(reply(true, plan.steps()))
                  : new Run(call.caller().actor(), plan).steps();
            });
  }

  private Collection<Platform> platforms(Caller caller) {
    return caller.limited() ? List.of() : platforms.registry().platforms();
  }

  /** What is read from the database anew. */
  private record Present(List<Connections.Stored> connections, List<Webhook> webhooks) {}

  private Future<Present> stored() {
    return products
        .refresh()
        .compose(fresh -> connections.list())
        .compose(all -> webhooks.registry().list().map(told -> new Present(all, told)));
  }

  private static Reply reply(boolean dryRun, List<ConfigStep> steps) {
    ObjectNode json = Json.object().put("dryRun", dryRun);
    write(json.putArray("changes"), steps);
    return Reply.json(json);
  }

  private static void write(ArrayNode array, List<ConfigStep> steps) {
    steps.forEach(step -> array.add(step.change().write()));
  }

  /** One application of a plan, step by step. */
  private final class Run {
    private final Actor actor;
    private final ConfigPlan plan;
    private final Map<Integer, Integer> ids;
    private final List<ConfigStep> done = new ArrayList<>();

    Run(Actor actor, ConfigPlan plan) {
      this.actor = actor;
      this.plan = plan;
      this.ids = new HashMap<>(plan.knownIds());
    }

    Future<Reply> steps() {
      Future<Void> sequence = Future.succeededFuture();
      for (ConfigStep step : plan.steps()) {
        sequence = sequence.compose(before -> run(step)).onSuccess(after -> done.add(step));
      }
      return sequence
          .map(all -> reply(false, done))
          .recover(
              failure ->
                  Future.failedFuture(
                      Gate.problem("applyConfig", failure)
                          .with(document -> write(document.putArray("applied"), done))
                          .exception()));
    }

    private Future<Void> run(ConfigStep step) {
      if (step instanceof ConfigStep.CreateConnection create) {
        return connections
            .create(actor, create.wanted().connection())
            .onSuccess(stored -> ids.put(create.wanted().id(), stored.id()))
            .mapEmpty();
      }
      if (step instanceof ConfigStep.PutPlatform put) {
        boolean pushes = platforms.kinds().connector(put.wanted().kind()).isPresent();
        return platforms
            .registry()
            .put(actor, put.wanted(), pushes)
            .recover(PlatformEndpoints::conflict)
            .mapEmpty();
      }
      if (step instanceof ConfigStep.PutWebhook put) {
        return webhooks
            .registry()
            .put(actor, put.id(), put.seenVersion(), put.wanted(), put.secrets())
            .recover(PlatformEndpoints::conflict)
            .mapEmpty();
      }
      if (step instanceof ConfigStep.CreateProduct create) {
        return products
            .create(actor, create.wanted().id(), settings(create.wanted()))
            .compose(Run::check);
      }
      if (step instanceof ConfigStep.UpdateProduct update) {
        return products
            .update(actor, update.wanted().id(), update.seenVersion(), settings(update.wanted()))
            .compose(Run::check);
      }
      if (step instanceof ConfigStep.AddKey add) {
        int version = add.wanted().version();
        return products
            .addKey(actor, add.productId(), OptionalInt.of(version), add.source())
            .compose(Run::check)
            .compose(
                added ->
                    add.wanted().retired()
                        ? retire(add.productId(), version, true)
                        : Future.succeededFuture());
      }
      if (step instanceof ConfigStep.RetireKey retire) {
        return retire(retire.productId(), retire.wanted().version(), retire.wanted().retired());
      }
      return Future.succeededFuture();
    }

    private Future<Void> retire(String productId, int version, boolean retired) {
      return products.setKeyRetired(actor, productId, version, retired).compose(Run::check);
    }

    /** With the gateway's connection id in place of the document's. */
    private ProductSettings settings(ProductEntry wanted) {
      ProductSettings settings = wanted.settings();
      int id = settings.connectionId();
      return new ProductSettings(settings.name(), settings.policy(), ids.getOrDefault(id, id));
    }

    private static Future<Void> check(ProductChange change) {
      ProductEndpoints.changed(change, CONFLICT);
      return Future.succeededFuture();
    }
  }
}
