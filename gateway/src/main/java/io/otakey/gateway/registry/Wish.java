package io.otakey.gateway.registry;

/** What an operator asks of active devices; they do it at their next POLL. */
public sealed interface Wish {
  /** A new key. */
  record Rotate() implements Wish {}

  /**
   * A new key and another connection with it, whose login the device verifies first.
   *
   * @param connectionId of a stored connection, 1..65535; the caller has checked that it is there
   */
  record Move(int connectionId) implements Wish {}

  /** What was asked for and has not happened yet is not wanted any more. */
  record Nothing() implements Wish {}

  /** Its name in the audit log. */
  default String auditName() {
    if (this instanceof Rotate) {
      return "device.wantRotation";
    }
    return this instanceof Move ? "device.wantMove" : "device.wantNothing";
  }
}
