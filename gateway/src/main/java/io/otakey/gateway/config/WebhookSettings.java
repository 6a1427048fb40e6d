package io.otakey.gateway.config;

import io.otakey.gateway.transport.AddressRange;
import io.otakey.gateway.webhook.WebhookConfig;
import java.time.Duration;
import java.util.List;

/** The settings {@code webhooks.*}. */
final class WebhookSettings {
  private WebhookSettings() {}

  static WebhookConfig read(Settings settings) {
    WebhookConfig usual = WebhookConfig.DEFAULT;
    List<AddressRange> reach =
        settings.list(
            "webhooks.reach",
            List.of(),
            AddressRange::parse,
            AddressRange::toString,
            "addresses that webhooks may reach though they are not public, as 10.20.0.0/16");
    return new WebhookConfig(
        Duration.ofMillis(
            settings.number(
                "webhooks.tickMillis",
                (int) usual.tick().toMillis(),
                50,
                10_000,
                "time between two looks at what webhooks wait for")),
        settings.seconds("webhooks.timeout", usual.timeout(), 1, 60, "for one delivery"),
        settings.seconds(
            "webhooks.pauseAfter",
            usual.pauseAfter(),
            60,
            2_592_000,
            "a webhook that fails for so long is paused"),
        address -> reach.stream().anyMatch(range -> range.contains(address.getAddress())));
  }
}
