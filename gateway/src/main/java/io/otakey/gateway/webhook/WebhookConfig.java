package io.otakey.gateway.webhook;

import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * How this node delivers to webhooks.
 *
 * @param tick time between two looks at what is to be sent, 50 ms to 10 s
 * @param timeout for one delivery, from the connection to the end of the answer, 1 to 60 s
 * @param pauseAfter how long a webhook may fail before it is paused, 1 min to 30 days
 * @param reach addresses that webhooks may reach though they are not public ones
 */
public record WebhookConfig(
    Duration tick, Duration timeout, Duration pauseAfter, Predicate<InetAddress> reach) {
  /** Public addresses only. */
  public static final WebhookConfig DEFAULT =
      new WebhookConfig(
          Duration.ofMillis(250), Duration.ofSeconds(10), Duration.ofHours(24), address -> false);
}
