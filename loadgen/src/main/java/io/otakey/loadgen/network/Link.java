package io.otakey.loadgen.network;

import java.util.SplittableRandom;

/** One direction of a modelled network: packets one after the other, none overtakes another. */
final class Link {
  private final NetworkClass network;
  private final Direction direction;
  private final SplittableRandom random;
  private double freeAt;
  private double lastArrival;

  Link(NetworkClass network, Direction direction, SplittableRandom random) {
    this.network = network;
    this.direction = direction;
    this.random = random;
  }

  /** When a packet given to the link now arrives, in milliseconds; infinite if it is lost. */
  double send(double now, int bytes) {
    freeAt = Math.max(now, freeAt) + network.transmitMillis(direction, bytes);
    double jitter = network.jitterMillis() * random.nextDouble();
    if (random.nextDouble() < network.loss()) {
      return Double.POSITIVE_INFINITY;
    }
    lastArrival = Math.max(lastArrival, freeAt + network.delayMillis() + jitter);
    return lastArrival;
  }
}
