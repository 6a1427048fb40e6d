package io.otakey.gateway.campaign;

/** What a campaign wants of each of its devices. */
public sealed interface Goal {
  /** A new key. */
  record Rotate() implements Goal {}

  /**
   * Another connection, with a new key; the device verifies its login there first.
   *
   * @param connectionId of a stored connection, 1..65535
   */
  record Move(int connectionId) implements Goal {}

  /** No service any more, for good. */
  record Revoke() implements Goal {}

  /** The connection to move to; 0: none. */
  default int target() {
    return this instanceof Move move ? move.connectionId() : 0;
  }
}
