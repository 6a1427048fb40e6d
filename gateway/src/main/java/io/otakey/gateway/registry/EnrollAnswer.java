package io.otakey.gateway.registry;

import io.otakey.protocol.key.DeviceRow;

/**
 * What an ENROLL may get (protocol sections 6.4 and 6.6), by the database's clock.
 *
 * @param row the device's row as read, {@link DeviceRow#NONE} if there is none
 * @param generation the product's present generation, 1..255; 0 if the product is unknown
 * @param connectionId connection to grant along with the key: the product's, or where it has none
 *     that of the row, which the device may have lost; 0 = none
 */
public record EnrollAnswer(Outcome outcome, DeviceRow row, int generation, int connectionId) {
  /** Grant or not, and why not. */
  public enum Outcome {
    /** Grant epoch + 1 of the row. */
    GRANT,
    /** The product is not in the database: answer 3. */
    UNKNOWN_PRODUCT,
    /** The row is blocked, revoked or removed: answer 4. */
    BARRED,
    /** The product recovers, and no operator reset this row: answer 8. */
    RECOVERING,
    /** The product key version is retired or was never added: answer 4. */
    KEY_VERSION,
    /** Outside the product's enrollment window: answer 4. */
    WINDOW,
    /** The product has an allow-list and the device is not on it: answer 4. */
    ALLOW_LIST,
    /** As many devices as the quota allows were committed: answer 4. */
    QUOTA,
    /** The row's epoch is the last one there is: answer 4. */
    EPOCHS_SPENT,
    /** The row is active and re-enrollment is not allowed: answer 5. */
    ALREADY_ENROLLED
  }
}
