package io.otakey.loadgen.network;

import java.util.ArrayList;
import java.util.List;

/**
 * What one device and its server said to each other, connection by connection, in order; TLS
 * included, TCP and IP not.
 */
public record Trace(List<List<Flight>> connections) {
  /**
   * What one side sends before the other says anything.
   *
   * @param bytes of the TCP stream, at least 1
   */
  public record Flight(Direction direction, int bytes) {}

  /** Copies the lists. */
  public Trace {
    connections = connections.stream().map(List::copyOf).toList();
  }

  /** Bytes of all TCP streams. */
  public long bytes(Direction direction) {
    return flights().stream()
        .filter(flight -> flight.direction() == direction)
        .mapToLong(Flight::bytes)
        .sum();
  }

  /** Times that the device waited for the other side, TCP's handshakes included. */
  public int roundTrips() {
    long answers =
        flights().stream().filter(flight -> flight.direction() == Direction.DOWN).count();
    return connections.size() + (int) answers;
  }

  private List<Flight> flights() {
    return connections.stream().flatMap(List::stream).toList();
  }

  /** Notes an exchange as it happens. Safe for use by several threads. */
  public static final class Recorder {
    private final List<List<Flight>> connections = new ArrayList<>();

    /** A new connection stands; its number. */
    public synchronized int connected() {
      connections.add(new ArrayList<>());
      return connections.size() - 1;
    }

    /** Bytes went over a connection; what follows in the same direction is the same flight. */
    public synchronized void passed(int connection, Direction direction, int bytes) {
      List<Flight> flights = connections.get(connection);
      int last = flights.size() - 1;
      if (last >= 0 && flights.get(last).direction() == direction) {
        flights.set(last, new Flight(direction, flights.get(last).bytes() + bytes));
      } else if (bytes > 0) {
        flights.add(new Flight(direction, bytes));
      }
    }

    /** All of it so far. */
    public synchronized Trace trace() {
      return new Trace(connections);
    }
  }
}
