package io.otakey.gateway.webhook;

import io.otakey.gateway.registry.EventCursor;
import java.time.Instant;
import java.util.Optional;

/**
 * A webhook, and how far it has got. Immutable.
 *
 * @param id its name
 * @param version rises with every change of an operator's
 */
public record Webhook(
    String id, WebhookOrder order, SealedSecrets secrets, long version, Progress progress) {
  /** Most of one installation. */
  public static final int MOST = 100;

  /**
   * What it signs with, sealed by the vault. Arrays are not to be changed.
   *
   * @param former signs too until then, so that receivers can be told of the newer one
   */
  public record SealedSecrets(
      byte[] current, Optional<byte[]> former, Optional<Instant> formerUntil) {
    /** The first, or one that comes from elsewhere. */
    public static SealedSecrets of(byte[] sealed) {
      return new SealedSecrets(sealed, Optional.empty(), Optional.empty());
    }
  }

  /**
   * How far it has got.
   *
   * @param seen everything up to here was delivered, or is not for it
   * @param sending the end of what is being sent: it is tried again in the same pieces
   * @param due whether the pause after a failure is over
   * @param tries that failed in a row
   * @param failingSince of the first of these
   * @param why the last one failed
   * @param pausedAt nothing is sent until it is resumed
   * @param deliveredAt the last time
   * @param delivered events so far
   */
  public record Progress(
      EventCursor seen,
      Optional<EventCursor> sending,
      boolean due,
      int tries,
      Optional<Instant> failingSince,
      Optional<String> why,
      Optional<Instant> pausedAt,
      Optional<Instant> deliveredAt,
      long delivered) {}
}
