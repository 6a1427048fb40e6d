package io.otakey.gateway.registry;

import io.otakey.protocol.key.DeviceRow;

/**
 * What operators and campaigns want of a device. It stands in the device's row and is not cleared
 * by getting there: a device that has got there has it. It does not outlive the device's removal.
 *
 * @param epoch a key of this epoch or a later one; 0: any
 * @param connectionId the connection to be on, by id; 0: whichever
 */
public record Wanted(long epoch, int connectionId) {
  /** Everything is as it should be. */
  public static final Wanted NOTHING = new Wanted(0, 0);

  /** Whether the row still has an older key. */
  public boolean rotation(DeviceRow row) {
    return row.epoch() < epoch;
  }

  /** Whether the row still is on another connection. */
  public boolean move(DeviceRow row) {
    return connectionId != 0 && connectionId != row.connectionId();
  }
}
