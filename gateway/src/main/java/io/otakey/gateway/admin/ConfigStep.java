package io.otakey.gateway.admin;

import io.otakey.gateway.admin.ConfigDocument.KeyEntry;
import io.otakey.gateway.admin.ConfigDocument.ProductEntry;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.webhook.Webhook.SealedSecrets;
import io.otakey.gateway.webhook.WebhookOrder;

/** One step of applying a configuration. */
sealed interface ConfigStep {
  /** What it changes, for people. */
  ConfigChange change();

  /** Store a connection under the next id. */
  record CreateConnection(ConfigChange change, Connections.Stored wanted) implements ConfigStep {}

  /** Register or change a platform. */
  record PutPlatform(ConfigChange change, Platform wanted) implements ConfigStep {}

  /** Make or change a webhook that is as it was seen. */
  record PutWebhook(
      ConfigChange change, String id, long seenVersion, WebhookOrder wanted, SealedSecrets secrets)
      implements ConfigStep {}

  /** Create a product. */
  record CreateProduct(ConfigChange change, ProductEntry wanted) implements ConfigStep {}

  /** Change a product that is as it was seen. */
  record UpdateProduct(ConfigChange change, ProductEntry wanted, long seenVersion)
      implements ConfigStep {}

  /** Add a key version that the vault derives. */
  record AddKey(ConfigChange change, String productId, KeyEntry wanted, byte[] source)
      implements ConfigStep {}

  /** Retire a key version, or take that back. */
  record RetireKey(ConfigChange change, String productId, KeyEntry wanted) implements ConfigStep {}

  /** Nothing: an operator has to import the key. */
  record ImportKey(ConfigChange change) implements ConfigStep {}
}
