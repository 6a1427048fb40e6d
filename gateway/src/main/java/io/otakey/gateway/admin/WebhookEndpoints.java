package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.Webhook.SealedSecrets;
import io.otakey.gateway.webhook.WebhookException;
import io.otakey.gateway.webhook.WebhookOrder;
import io.otakey.gateway.webhook.WebhookSecrets;
import io.otakey.gateway.webhook.WebhookSender;
import io.otakey.gateway.webhook.Webhooks;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Webhooks. A token that is limited to products sees those that are told of nothing but these, and
 * makes no others.
 */
final class WebhookEndpoints {
  private final Webhooks webhooks;
  private final WebhookSecrets secrets;
  private final WebhookSender sender;

  WebhookEndpoints(WebhookServices services) {
    this.webhooks = services.registry();
    this.secrets = services.secrets();
    this.sender = services.sender();
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("listWebhooks", this::list);
    endpoints.put("getWebhook", this::get);
    endpoints.put("putWebhook", this::put);
    endpoints.put("deleteWebhook", this::delete);
    endpoints.put("testWebhook", this::test);
    endpoints.put("resumeWebhook", this::resume);
    endpoints.put("renewWebhookSecret", this::renewSecret);
  }

  private Future<Reply> list(Call call) {
    return webhooks
        .list()
        .map(
            all -> {
              ObjectNode json = Json.object();
              ArrayNode array = json.putArray("webhooks");
              all.stream()
                  .filter(webhook -> sees(call.caller(), webhook.order()))
                  .forEach(webhook -> array.add(WebhookJson.write(webhook, OptionalInt.empty())));
              return Reply.json(json);
            });
  }

  private Future<Reply> get(Call call) {
    return found(call).compose(this::reply);
  }

  private Future<Reply> reply(Webhook webhook) {
    return webhooks
        .waiting(webhook)
        .map(count -> Reply.json(WebhookJson.write(webhook, OptionalInt.of(count))));
  }

  private Future<Reply> put(Call call) {
    String id = call.path("webhookId");
    WebhookOrder order = call.read(WebhookJson::read);
    if (!DeviceRef.isProductId(id)) {
      throw Problem.of(
              Problem.Kind.BAD_REQUEST, "the webhook's id must match [a-z0-9][a-z0-9-]{0,31}")
          .exception();
    }
    require(call.caller(), id, order);
    return webhooks
        .get(id)
        .compose(
            present -> {
              present.ifPresent(now -> require(call.caller(), id, now.order()));
              return present.isPresent()
                  ? change(call, present.get(), order)
                  : make(call, id, order);
            });
  }

  private Future<Reply> make(Call call, String id, WebhookOrder order) {
    WebhookSecrets.Made made = secrets.make(id);
    return webhooks
        .put(call.caller().actor(), id, 0, order, SealedSecrets.of(made.sealed()))
        .map(
            webhook ->
                Reply.created(
                    WebhookJson.write(webhook, OptionalInt.empty()).put("secret", made.shown())))
        .recover(PlatformEndpoints::conflict);
  }

  private Future<Reply> change(Call call, Webhook present, WebhookOrder order) {
    return webhooks
        .put(call.caller().actor(), present.id(), present.version(), order, present.secrets())
        .compose(this::reply)
        .recover(PlatformEndpoints::conflict);
  }

  private Future<Reply> renewSecret(Call call) {
    return found(call)
        .compose(
            webhook -> {
              WebhookSecrets.Made made = secrets.make(webhook.id());
              SealedSecrets both =
                  WebhookSecrets.rotated(webhook.secrets(), made.sealed(), Instant.now());
              return webhooks
                  .renewSecret(call.caller().actor(), webhook, both)
                  .map(
                      now ->
                          Reply.json(
                              WebhookJson.write(now, OptionalInt.empty())
                                  .put("secret", made.shown())));
            })
        .recover(PlatformEndpoints::conflict);
  }

  private Future<Reply> delete(Call call) {
    return found(call)
        .compose(webhook -> webhooks.delete(call.caller().actor(), webhook.id()))
        .map(Reply.noContent());
  }

  private Future<Reply> test(Call call) {
    return found(call)
        .compose(sender::test)
        .map(Reply.noContent())
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof WebhookException
                        ? Problem.of(
                                Problem.Kind.UNAVAILABLE,
                                "the webhook did not take a delivery: " + failure.getMessage())
                            .exception()
                        : failure));
  }

  private Future<Reply> resume(Call call) {
    return found(call)
        .compose(webhook -> webhooks.resume(call.caller().actor(), webhook.id()))
        .map(resumed -> resumed.orElseThrow(() -> none(call).exception()))
        .compose(this::reply);
  }

  private Future<Webhook> found(Call call) {
    return webhooks
        .get(call.path("webhookId"))
        .map(
            found ->
                found
                    .filter(webhook -> sees(call.caller(), webhook.order()))
                    .orElseThrow(() -> none(call).exception()));
  }

  private static Problem none(Call call) {
    return Problem.notFound(
        "there is no webhook '" + call.path("webhookId") + "': see the list of webhooks");
  }

  static boolean sees(Caller caller, WebhookOrder order) {
    return !caller.limited()
        || (!order.products().isEmpty() && order.products().stream().allMatch(caller::sees));
  }

  /** Refuses what tells of other tenants' devices. */
  static void require(Caller caller, String id, WebhookOrder order) {
    if (!sees(caller, order)) {
      throw Gate.forbidden(
          "webhook "
              + id
              + " is, or would be, told of other products than the token is limited to: name only"
              + " these as its products, or another id");
    }
  }
}
