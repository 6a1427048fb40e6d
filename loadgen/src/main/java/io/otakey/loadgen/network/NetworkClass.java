package io.otakey.loadgen.network;

import java.util.List;

/**
 * A kind of network as the device's TCP sees it: what the radio repeats by itself shows as delay
 * and rate. Where the figures of the presets come from: docs/baselines.md.
 *
 * @param delayMillis one way, without the time that the bytes themselves take
 * @param jitterMillis up to so much more for each packet, uniform
 * @param upBits per second from the device, of IP packets
 * @param downBits per second to the device, of IP packets
 * @param loss probability that a packet is lost for good, 0 to below 1
 * @param segment payload of a full TCP segment in bytes
 * @param window segments that a receiver takes at a time
 */
public record NetworkClass(
    String name,
    double delayMillis,
    double jitterMillis,
    long upBits,
    long downBits,
    double loss,
    int segment,
    int window) {

  /** IPv6 over Bluetooth LE: connection interval 50 ms, 1M PHY, the reach of one link. */
  public static final NetworkClass BLE =
      new NetworkClass("ble", 50, 25, 150_000, 150_000, 0, 1208, 4);

  /** Thread, three hops of IEEE 802.15.4, and a border router with a good uplink. */
  public static final NetworkClass THREAD =
      new NetworkClass("thread", 75, 25, 30_000, 30_000, 0.01, 1208, 4);

  /** NB-IoT category NB1, normal coverage, connected. */
  public static final NetworkClass NB_IOT =
      new NetworkClass("nb-iot", 600, 200, 15_600, 20_000, 0.01, 1208, 4);

  /** LTE-M category M1, half duplex, normal coverage, connected. */
  public static final NetworkClass LTE_M =
      new NetworkClass("lte-m", 60, 20, 375_000, 300_000, 0.005, 1208, 8);

  /** All presets. */
  public static final List<NetworkClass> PRESETS = List.of(BLE, THREAD, NB_IOT, LTE_M);

  /** Refuses what is no network. */
  public NetworkClass {
    if (delayMillis < 0 || jitterMillis < 0 || upBits < 1 || downBits < 1) {
      throw new IllegalArgumentException("delay and jitter from 0, rates from 1 bit a second");
    }
    if (!(loss >= 0 && loss < 1) || segment < 1 || window < 1) {
      throw new IllegalArgumentException("loss from 0 to below 1, segment and window from 1");
    }
  }

  /** The same with another loss. */
  public NetworkClass withLoss(double other) {
    return new NetworkClass(
        name, delayMillis, jitterMillis, upBits, downBits, other, segment, window);
  }

  /** The same without loss and jitter, where everything has one known time. */
  public NetworkClass steady() {
    return new NetworkClass(name, delayMillis, 0, upBits, downBits, 0, segment, window);
  }

  /** The same where everything else happens before it. */
  public NetworkClass ratesOnly() {
    return new NetworkClass(name, 0, 0, upBits, downBits, 0, segment, window);
  }

  /** Milliseconds that so many bytes of IP packets take at the rate of this direction. */
  public double transmitMillis(Direction direction, long bytes) {
    return bytes * 8_000.0 / (direction == Direction.UP ? upBits : downBits);
  }
}
