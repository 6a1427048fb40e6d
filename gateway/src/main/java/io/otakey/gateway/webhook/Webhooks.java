package io.otakey.gateway.webhook;

import io.otakey.gateway.registry.Actor;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * Webhooks, as operators see them. Every change is audited in its own transaction. Futures fail
 * with {@code RegistryUnavailableException}, and with {@link IllegalStateException} for what the
 * present state forbids, which says what to do.
 */
public interface Webhooks {
  /** How many waiting events are counted at most. */
  int MAX_COUNTED = 100_000;

  /** All of them, by id. */
  Future<List<Webhook>> list();

  /** One of them. */
  Future<Optional<Webhook>> get(String id);

  /**
   * Makes a webhook, which begins with the events from now on, or changes one. What is being sent
   * is put together anew then.
   *
   * @param seenVersion of the webhook that is changed; 0 = there is none yet
   */
  Future<Webhook> put(
      Actor actor, String id, long seenVersion, WebhookOrder order, Webhook.SealedSecrets secrets);

  /** Gives it another secret. */
  Future<Webhook> renewSecret(Actor actor, Webhook seen, Webhook.SealedSecrets secrets);

  /** Forgets one, with what waits for it; whether there was one. */
  Future<Boolean> delete(Actor actor, String id);

  /** Tries again at once, paused or not, where it stopped. Empty if there is none. */
  Future<Optional<Webhook>> resume(Actor actor, String id);

  /** Events that wait for it, counted up to {@link #MAX_COUNTED}. */
  Future<Integer> waiting(Webhook webhook);
}
