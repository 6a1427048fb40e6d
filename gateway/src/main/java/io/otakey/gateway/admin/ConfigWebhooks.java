package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.admin.ConfigChange.Action;
import io.otakey.gateway.admin.ConfigChange.Field;
import io.otakey.gateway.admin.ConfigChange.Kind;
import io.otakey.gateway.admin.ConfigDocument.WebhookEntry;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.Webhook.SealedSecrets;
import io.otakey.gateway.webhook.WebhookSecrets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What is to be done so that webhooks are as a document says. */
final class ConfigWebhooks {
  private final Caller caller;
  private final Map<String, Webhook> present;
  private final WebhookSecrets secrets;

  ConfigWebhooks(Caller caller, List<Webhook> present, WebhookSecrets secrets) {
    this.caller = caller;
    this.present = present.stream().collect(Collectors.toMap(Webhook::id, Function.identity()));
    this.secrets = secrets;
  }

  /** Adds a step for each that differs, and a sentence for each that cannot be. */
  void plan(List<WebhookEntry> wanted, List<ConfigStep> steps, List<String> faults) {
    for (WebhookEntry entry : wanted) {
      Optional<Webhook> now = Optional.ofNullable(present.get(entry.id()));
      WebhookEndpoints.require(caller, entry.id(), entry.order());
      now.ifPresent(webhook -> WebhookEndpoints.require(caller, entry.id(), webhook.order()));
      ObjectNode before =
          now.map(webhook -> WebhookJson.write(entry.id(), webhook.order()))
              .orElseGet(Json::object);
      ObjectNode after = WebhookJson.write(entry.id(), entry.order());
      List<Field> fields = new ArrayList<>(ConfigChange.differences(before, after));
      Optional<SealedSecrets> sealed = sealed(entry, now);
      if (sealed.isPresent() && now.isPresent()) {
        fields.add(new Field("secret", "***", "***"));
      }
      if (fields.isEmpty()) {
        continue;
      }
      if (sealed.isPresent() && !secrets.opens(entry.id(), sealed.get().current())) {
        faults.add(
            "webhook "
                + entry.id()
                + ": this vault cannot open its secret: restore the vault that sealed it, or leave"
                + " 'sealed' out and make a new one with 'webhook new-secret'");
      }
      steps.add(
          new ConfigStep.PutWebhook(
              new ConfigChange(
                  Kind.WEBHOOK,
                  entry.id(),
                  now.isPresent() ? Action.UPDATE : Action.CREATE,
                  fields),
              entry.id(),
              now.map(Webhook::version).orElse(0L),
              entry.order(),
              sealed
                  .or(() -> now.map(Webhook::secrets))
                  .orElseGet(() -> SealedSecrets.of(secrets.make(entry.id()).sealed()))));
    }
  }

  /** Those of the document, if they are others. */
  private static Optional<SealedSecrets> sealed(WebhookEntry entry, Optional<Webhook> now) {
    return entry
        .sealed()
        .filter(given -> now.isEmpty() || !Arrays.equals(given, now.get().secrets().current()))
        .map(SealedSecrets::of);
  }
}
