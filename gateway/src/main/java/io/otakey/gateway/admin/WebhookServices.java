package io.otakey.gateway.admin;

import io.otakey.gateway.webhook.WebhookSecrets;
import io.otakey.gateway.webhook.WebhookSender;
import io.otakey.gateway.webhook.Webhooks;

/** What operators need for webhooks. */
public record WebhookServices(Webhooks registry, WebhookSecrets secrets, WebhookSender sender) {}
