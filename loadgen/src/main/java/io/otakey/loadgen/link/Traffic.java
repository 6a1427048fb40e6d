package io.otakey.loadgen.link;

/**
 * What went over the sockets of one event loop; written by that loop only.
 *
 * @see Connector
 */
public final class Traffic {
  /** TCP connections that stood. */
  public long connections;

  /** Connections that could not be made. */
  public long connectFailures;

  /** Connections that the gateway or the network ended. */
  public long connectionsLost;

  /** Bytes written to sockets, without TCP and IP headers. */
  public long bytesOut;

  /** Bytes read from sockets, without TCP and IP headers. */
  public long bytesIn;

  /** Answers that were no frame (a proxy's, say). */
  public long strangeAnswers;

  /** Adds what another loop saw. */
  public void add(Traffic other) {
    connections += other.connections;
    connectFailures += other.connectFailures;
    connectionsLost += other.connectionsLost;
    bytesOut += other.bytesOut;
    bytesIn += other.bytesIn;
    strangeAnswers += other.strangeAnswers;
  }
}
