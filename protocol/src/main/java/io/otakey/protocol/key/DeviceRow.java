package io.otakey.protocol.key;

import io.otakey.protocol.wire.Token;
import java.util.Optional;

/**
 * What decisions read of one device's row (protocol section 6.2).
 *
 * @param epoch epoch of the committed key, 0 if none was ever committed
 * @param token token of the committed key
 * @param attempt the row's counter; a grant of a smaller attempt is dead
 * @param connectionId the connection last granted and committed, 0 = none
 * @param recoveredIn generation in which table row 7 recovered the row, 0 = never
 * @param reEnrollApproved an operator approved one re-enrollment
 */
public record DeviceRow(
    RowStatus status,
    long epoch,
    Optional<Token> token,
    int attempt,
    int connectionId,
    int recoveredIn,
    boolean reEnrollApproved) {
  /** What a device counts as that has no row. */
  public static final DeviceRow NONE =
      new DeviceRow(RowStatus.NONE, 0, Optional.empty(), 0, 0, 0, false);
}
