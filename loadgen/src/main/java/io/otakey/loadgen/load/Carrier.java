package io.otakey.loadgen.load;

import io.netty.channel.EventLoop;
import io.otakey.loadgen.link.Connection;
import io.otakey.loadgen.link.Connector;
import io.otakey.loadgen.link.Pool;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.scenario.Chaos;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Gives every frame of a lane its connection, and plays the bad network if there is to be one. */
final class Carrier {
  /** Frames without an answer on a device's own connection before it is thought dead. */
  private static final int DEAD = 3;

  private final Plan plan;
  private final EventLoop loop;
  private final Connector connector;
  private final Chaos chaos;
  private final RandomGenerator random;
  private final Map<Transport, Pool> pools = new EnumMap<>(Transport.class);
  private boolean shared;
  private boolean staying;

  Carrier(Plan plan, EventLoop loop, int lane, Connector connector, RandomGenerator random) {
    this.plan = plan;
    this.loop = loop;
    this.connector = connector;
    this.chaos = plan.chaos();
    this.random = random;
    int size = Math.max(1, plan.connections() / plan.loops());
    for (Transport transport : plan.transports()) {
      pools.put(transport, new Pool(List.of(connector), transport, "loadgen-" + lane, size));
    }
  }

  /** The proof has connections as it says; before it, the plan says whose they are. */
  void phase(boolean proof) {
    staying = proof && plan.proof() == Plan.Proof.OWN_AND_STAY;
    shared = proof ? !staying : !plan.ownConnections();
  }

  /** Takes a frame to the gateway. */
  void send(Passenger passenger, byte[] frame) {
    deliver(
        () -> {
          if (passenger.isUnderWay()) {
            connection(passenger).send(passenger, frame);
          }
        });
  }

  /** Lets something arrive, as often and as late as the bad network has it. */
  void deliver(Runnable arrival) {
    if (chaos.isCalm()) {
      arrival.run();
      return;
    }
    for (int copies = chaos.copies(random); copies > 0; copies--) {
      int delay = chaos.delayMillis(random);
      if (delay == 0) {
        arrival.run();
      } else {
        var unused = loop.schedule(arrival, delay, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** The device needs no connection of its own any more, unless it is to stay. */
  void done(Passenger passenger) {
    Connection own = passenger.connection();
    if (own != null && !staying) {
      own.close();
      passenger.connection(null);
    }
  }

  void close() {
    pools.values().forEach(Pool::close);
  }

  private Connection connection(Passenger passenger) {
    Transport transport = plan.transports().get(passenger.index() % plan.transports().size());
    if (!shared) {
      Connection own = passenger.connection();
      if (own == null || !own.isUsable() || own.outstanding() >= DEAD) {
        if (own != null) {
          own.close();
        }
        own = connector.open(transport, plan.ids().id(passenger.index()));
        passenger.connection(own);
      }
      return own;
    }
    Pool pool = pools.get(transport);
    if (pool == null) {
      throw new IllegalStateException("no pool for " + transport);
    }
    return pool.take(passenger.index() / plan.loops() / plan.transports().size());
  }
}
