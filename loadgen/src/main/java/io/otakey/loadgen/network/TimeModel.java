package io.otakey.loadgen.network;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Computes what an exchange would take on a network, from what was really said: TCP's handshake,
 * then each flight when the one before it has arrived in full; good-byes after a connection's last
 * answer keep nobody waiting. TLS needs no model, its flights are in the trace. What device and
 * server think about meanwhile is left out. Deterministic for a seed.
 */
public final class TimeModel {
  private static final int RUNS = 400;

  private final NetworkClass network;
  private final long seed;

  /**
   * A computed time.
   *
   * @param method always {@code computed}: no such network was there
   * @param millis mean of the runs
   * @param p50Millis half of the runs took at most so long
   * @param p95Millis 95 % of them
   * @param runs one where nothing is left to chance
   */
  public record Computed(
      String network,
      String method,
      double millis,
      double p50Millis,
      double p95Millis,
      double loss,
      int runs,
      long seed) {}

  /** A model of this network. */
  public TimeModel(NetworkClass network, long seed) {
    this.network = network;
    this.seed = seed;
  }

  /** What a trace takes, from the first SYN to the last answer. */
  public Computed time(Trace trace) {
    boolean certain = network.loss() == 0 && network.jitterMillis() == 0;
    SplittableRandom random = new SplittableRandom(seed);
    double[] millis = new double[certain ? 1 : RUNS];
    for (int i = 0; i < millis.length; i++) {
      millis[i] = once(trace, random.split());
    }
    Arrays.sort(millis);
    return new Computed(
        network.name(),
        "computed",
        Arrays.stream(millis).average().orElse(0),
        millis[millis.length / 2],
        millis[(int) (millis.length * 0.95)],
        network.loss(),
        millis.length,
        seed);
  }

  private double once(Trace trace, SplittableRandom random) {
    double now = 0;
    for (List<Trace.Flight> flights : trace.connections()) {
      now = new Connection(random).run(now, flights);
    }
    return now;
  }

  private final class Connection {
    private final Link up;
    private final Link down;
    private final RetransmissionTimer device = new RetransmissionTimer();
    private final RetransmissionTimer server = new RetransmissionTimer();

    Connection(SplittableRandom random) {
      up = new Link(network, Direction.UP, random.split());
      down = new Link(network, Direction.DOWN, random.split());
    }

    double run(double start, List<Trace.Flight> flights) {
      double now = shakeHands(start);
      Sender fromDevice = new Sender(network, up, down, device);
      Sender fromServer = new Sender(network, down, up, server);
      for (Trace.Flight flight : untilLastAnswer(flights)) {
        Sender sender = flight.direction() == Direction.UP ? fromDevice : fromServer;
        now = sender.deliver(now, flight.bytes());
      }
      return now;
    }

    private static List<Trace.Flight> untilLastAnswer(List<Trace.Flight> flights) {
      int end = flights.size();
      while (end > 0 && flights.get(end - 1).direction() == Direction.UP) {
        end--;
      }
      return flights.subList(0, end);
    }

    private double shakeHands(double start) {
      double sent = start;
      while (true) {
        double syn = up.send(sent, Headers.SYN);
        double synAck = syn < Double.POSITIVE_INFINITY ? down.send(syn, Headers.SYN) : syn;
        if (synAck < Double.POSITIVE_INFINITY) {
          if (sent == start) {
            device.measured(synAck - start);
            server.measured(synAck - start);
          } else {
            device.handshakeRepeated();
            server.handshakeRepeated();
          }
          return synAck;
        }
        sent += device.timeout();
        device.expired();
      }
    }
  }
}
