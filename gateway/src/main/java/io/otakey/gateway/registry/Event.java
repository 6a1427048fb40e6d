package io.otakey.gateway.registry;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Something that happened to a device, or to a webhook.
 *
 * @param cursor its place among all events
 * @param at by the database's clock
 * @param productId empty for {@link EventKind#WEBHOOK_PAUSED}
 * @param deviceId empty for that and {@link EventKind#LEFT_OUT}
 * @param epoch of the key; present for what a device did with one
 * @param connectionId that goes with the key; empty if none was granted
 * @param reason of an ABANDON (protocol section 3, 1..5), or why an ENROLL was refused
 * @param count how many were left out, or wait
 * @param actor name of the operator's token
 * @param webhook that was paused
 */
public record Event(
    EventCursor cursor,
    Instant at,
    EventKind kind,
    Optional<String> productId,
    Optional<String> deviceId,
    OptionalLong epoch,
    OptionalInt connectionId,
    Optional<Reason> reason,
    OptionalLong count,
    Optional<String> actor,
    Optional<String> webhook) {
  /** Why a device gave a key up, or why it was granted none. */
  public enum Reason {
    /** The platform could not be reached. */
    PLATFORM_UNREACHABLE,
    /** The platform refused the login. */
    PLATFORM_REFUSED,
    /** The device could not store the key. */
    STORAGE_FAILED,
    /** The CONFIRM was not acknowledged. */
    NOT_ACKNOWLEDGED,
    /** The connection is not supported or too large. */
    CONNECTION_UNUSABLE,
    /** The row is blocked, revoked or removed. */
    BARRED,
    /** The product key's version is retired. */
    KEY_VERSION,
    /** Outside the product's enrollment window. */
    WINDOW,
    /** Not on the product's allow-list. */
    ALLOW_LIST,
    /** The product's quota is used up. */
    QUOTA,
    /** The device's epochs are spent. */
    EPOCHS_SPENT
  }
}
