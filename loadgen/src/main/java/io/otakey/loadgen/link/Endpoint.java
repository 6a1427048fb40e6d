package io.otakey.loadgen.link;

import java.net.InetSocketAddress;
import java.util.Optional;

/** Where a gateway listens: host and port. */
public record Endpoint(String host, int port) {
  /** Reads {@code host:port}; empty if it is not that. */
  public static Optional<Endpoint> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      return Optional.empty();
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      return port >= 1 && port <= 0xffff
          ? Optional.of(new Endpoint(text.substring(0, colon), port))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Its address; a name is looked up, which may block. */
  public InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
