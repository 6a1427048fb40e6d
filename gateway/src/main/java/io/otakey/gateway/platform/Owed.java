package io.otakey.gateway.platform;

import io.otakey.protocol.wire.KeyRef;

/**
 * What a platform is owed for one key.
 *
 * @param connectionId the connection that the key was granted for
 * @param turn what the ledger's row had when this was read: a result counts only while it has
 * @param tries failed ones so far
 */
public record Owed(KeyRef key, int connectionId, Work work, int turn, int tries) {
  /** What is to be done. */
  public enum Work {
    /** Make the login. */
    PREPARE,
    /** End one that was right. */
    RETIRE,
    /** Take back one whose grant came to nothing. */
    ROLL_BACK
  }
}
