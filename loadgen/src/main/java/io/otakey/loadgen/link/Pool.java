package io.otakey.loadgen.link;

import org.jspecify.annotations.Nullable;

/** Warm connections that devices of one event loop share, as behind a proxy at the edge. */
public final class Pool {
  private final Connector connector;
  private final Transport transport;
  private final String name;
  private final @Nullable Connection[] connections;

  /**
   * Opens nothing yet.
   *
   * @param name client ids begin with it
   * @param size how many connections, at least 1
   */
  public Pool(Connector connector, Transport transport, String name, int size) {
    this.connector = connector;
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
      connection = connector.openShared(transport, name + "-" + slot);
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
