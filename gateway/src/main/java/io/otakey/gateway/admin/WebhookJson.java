package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.Webhook.Progress;
import io.otakey.gateway.webhook.WebhookOrder;
import io.otakey.protocol.wire.DeviceRef;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Webhooks in JSON. */
final class WebhookJson {
  static final Set<String> KINDS =
      Arrays.stream(EventKind.values()).map(Names::of).collect(Collectors.toUnmodifiableSet());

  private static final int MAX_PRODUCTS = 1000;

  private WebhookJson() {}

  static WebhookOrder read(Fields fields) {
    Set<EventKind> kinds = EnumSet.noneOf(EventKind.class);
    for (String text : fields.texts("kinds", KINDS.size())) {
      Optional<EventKind> kind = Names.find(EventKind.class, text);
      kind.ifPresentOrElse(
          kinds::add,
          () -> fields.fault("kinds", "must be among " + KINDS.stream().sorted().toList()));
    }
    List<String> products = fields.texts("products", MAX_PRODUCTS);
    if (!products.stream().allMatch(DeviceRef::isProductId)) {
      fields.fault("products", "must hold product ids");
    }
    WebhookOrder order =
        new WebhookOrder(
            fields.text("url"),
            fields.flag("insecure", false),
            fields.optionalText("ca"),
            kinds,
            Set.copyOf(products));
    fields.faults(order.problems());
    return order;
  }

  /** What an operator ordered. */
  static ObjectNode write(String id, WebhookOrder order) {
    ObjectNode json = Json.object().put("id", id).put("url", order.url());
    json.put("insecure", order.insecure());
    order.ca().ifPresent(ca -> json.put("ca", ca));
    ArrayNode kinds = json.putArray("kinds");
    order.kinds().stream().map(Names::of).sorted().forEach(kinds::add);
    ArrayNode products = json.putArray("products");
    order.products().stream().sorted().forEach(products::add);
    return json;
  }

  static ObjectNode write(Webhook webhook, OptionalInt waiting) {
    ObjectNode json = write(webhook.id(), webhook.order());
    Progress progress = webhook.progress();
    json.put("state", state(progress));
    json.put("cursor", progress.seen().text());
    json.put("delivered", progress.delivered());
    progress.deliveredAt().ifPresent(at -> json.put("deliveredAt", at.toString()));
    progress.failingSince().ifPresent(at -> json.put("failingSince", at.toString()));
    progress.pausedAt().ifPresent(at -> json.put("pausedAt", at.toString()));
    progress.why().ifPresent(why -> json.put("why", why));
    webhook.secrets().formerUntil().ifPresent(at -> json.put("formerSecretUntil", at.toString()));
    waiting.ifPresent(count -> json.put("waiting", count));
    return json;
  }

  private static String state(Progress progress) {
    if (progress.pausedAt().isPresent()) {
      return "paused";
    }
    return progress.failingSince().isPresent() ? "failing" : "delivering";
  }
}
