package io.otakey.loadgen.link;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Warm connections that devices of one event loop share, as behind a proxy at the edge. */
public final class Pool {
  private final List<Connector> connectors;
  private final Transport transport;
  private final String name;
  private final @Nullable Connection[] connections;
  private int next;

  /**
   * Opens nothing yet.
   *
   * @param connectors to the nodes of a gateway, at least one: each new connection goes to the next
   * @param name client ids begin with it
   * @param size how many connections, at least 1
   */
  public Pool(List<Connector> connectors, Transport transport, String name, int size) {
    this.connectors = List.copyOf(connectors);
    this.transport = transport;
    this.name = name;
    this.connections = new Connection[size];
  }

  /** The connection of this user, any number from 0; made anew if it cannot carry frames. */
  public Connection take(int user) {
    int slot = user % connections.length;
    Connection connection = connections[slot];
    if (connection == null || !connection.isUsable()) {
      if (connection != null) {
        connection.abort();
      }
      connection = connectors.get(next).openShared(transport, name + "-" + slot);
      next = (next + 1) % connectors.size();
      connections[slot] = connection;
    }
    return connection;
  }

  /** Ends all of them. */
  public void close() {
    for (Connection connection : connections) {
      if (connection != null) {
        connection.close();
      }
    }
  }
}
