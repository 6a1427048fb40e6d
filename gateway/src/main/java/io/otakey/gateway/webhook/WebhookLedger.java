package io.otakey.gateway.webhook;

import io.otakey.gateway.registry.DutyLedger;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Webhooks, as the node that delivers sees them. What it writes is void, and says so, once another
 * node delivers or an operator changed the webhook. Futures fail with {@code
 * RegistryUnavailableException}.
 */
public interface WebhookLedger extends DutyLedger {
  /** All of them, by id. */
  Future<List<Webhook>> webhooks();

  /** Notes what is about to be sent; nothing may be sent if that is void. */
  Future<Boolean> sending(Lease lease, Webhook webhook, EventCursor upTo);

  /** Everything up to here has arrived. */
  Future<Boolean> delivered(Lease lease, Webhook webhook, EventCursor upTo, int events);

  /** A try failed. */
  Future<Failure> failed(Lease lease, Webhook webhook, Duration pause, Duration most, String why);

  /** Nothing up to these places is for these webhooks. */
  Future<Void> passed(Lease lease, Map<Webhook, EventCursor> places);

  /** What became of a failure. */
  enum Failure {
    /** It is tried again. */
    WAITS,
    /** It has failed for the longest time allowed, and is paused, which an event tells. */
    PAUSED,
    /** Another node delivers, or the webhook was changed. */
    VOID
  }
}
