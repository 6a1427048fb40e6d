package io.otakey.loadgen.network;

import java.util.List;

/**
 * How TCP and IP wrap a stream: IPv4 without options (20 bytes, RFC 791), TCP (20, RFC 9293) with
 * timestamps (12, RFC 7323); SYNs with 20 bytes of options as Linux sends them. Receivers
 * acknowledge every second segment (RFC 5681), and the last one with their answer, or by itself if
 * there is none. A connection ends by FIN, FIN, ACK. Nothing is lost.
 *
 * @param segment payload of a full segment, in bytes
 */
public record Headers(int segment) {
  /** Headers of a segment, and so the size of a bare acknowledgement. */
  public static final int HEADER = 52;

  /** A SYN. */
  public static final int SYN = 60;

  /**
   * What goes over the wire.
   *
   * @param up bytes from the device
   * @param down bytes to the device
   * @param packets both ways
   */
  public record Wire(long up, long down, int packets) {
    /** Both ways. */
    public long bytes() {
      return up + down;
    }
  }

  /** Refuses segments without payload. */
  public Headers {
    if (segment < 1) {
      throw new IllegalArgumentException("a segment carries at least 1 byte");
    }
  }

  /** How many segments so many bytes take. */
  public int segments(int bytes) {
    return (bytes + segment - 1) / segment;
  }

  /** A trace with everything around it. */
  public Wire wire(Trace trace) {
    int connections = trace.connections().size();
    int up = 3 * connections; // the handshake's ACK, FIN, the last ACK
    int down = connections; // FIN
    for (List<Trace.Flight> flights : trace.connections()) {
      for (int i = 0; i < flights.size(); i++) {
        Trace.Flight flight = flights.get(i);
        int segments = segments(flight.bytes());
        boolean answered = i + 1 < flights.size();
        int acknowledgements = answered ? (segments - 1) / 2 : (segments + 1) / 2;
        boolean isUp = flight.direction() == Direction.UP;
        up += isUp ? segments : acknowledgements;
        down += isUp ? acknowledgements : segments;
      }
    }
    return new Wire(
        trace.bytes(Direction.UP) + (long) HEADER * up + (long) SYN * connections,
        trace.bytes(Direction.DOWN) + (long) HEADER * down + (long) SYN * connections,
        up + down + 2 * connections);
  }
}
