package io.otakey.loadgen.network;

/** Which way bytes go, seen from the device. */
public enum Direction {
  /** From the device. */
  UP,
  /** To the device. */
  DOWN;

  /** The other way. */
  public Direction back() {
    return this == UP ? DOWN : UP;
  }
}
