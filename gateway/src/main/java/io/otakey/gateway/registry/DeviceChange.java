package io.otakey.gateway.registry;

import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;

/** What became of an operator's action on a device. */
public sealed interface DeviceChange {
  /** Done and audited. */
  record Changed(DeviceRecord now) implements DeviceChange {}

  /** There is no such row. */
  record NotFound(DeviceRef ref) implements DeviceChange {}

  /**
   * The row's state does not allow it; nothing changed.
   *
   * @param why names the fault and the remedy
   */
  record NotAllowed(RowStatus status, String why) implements DeviceChange {}
}
