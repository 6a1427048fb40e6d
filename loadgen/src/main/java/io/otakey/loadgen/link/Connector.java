package io.otakey.loadgen.link;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Opens connections to a gateway on one event loop, from several source addresses in turn. */
public final class Connector {
  private final Dialer dialer;
  private final Map<Transport, Endpoint> endpoints;
  private final Map<Transport, InetSocketAddress> addresses;
  private final Optional<Trust> tls;
  private final int qos;
  private final Traffic traffic = new Traffic();

  /**
   * @param endpoints of the transports in use
   * @param tls empty: connections are plain
   * @param sources local addresses; empty leaves the choice to the system
   * @param qos of MQTT, 0 or 1
   */
  public Connector(
      EventLoop loop,
      Map<Transport, Endpoint> endpoints,
      Optional<Trust> tls,
      List<String> sources,
      int qos) {
    this.dialer = new Dialer(loop, sources);
    this.tls = tls;
    this.endpoints = Map.copyOf(endpoints);
    this.addresses =
        endpoints.entrySet().stream()
            .collect(
                java.util.stream.Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, e -> e.getValue().address()));
    this.qos = qos;
  }

  /** What went over all connections of this connector. */
  public Traffic traffic() {
    return traffic;
  }

  /** Opens a connection; frames may be given to it at once. Called on the event loop. */
  public Connection open(Transport transport, String clientId) {
    return open(transport, framing(transport, clientId), false);
  }

  /** As {@link #open}, for a connection that many devices share, as behind a proxy at the edge. */
  public Connection openShared(Transport transport, String clientId) {
    return open(transport, framing(transport, clientId), true);
  }

  /** Opens an HTTP connection for forms instead of frames, answered in text. */
  public Connection openForms(String path) {
    String host = endpoint(Transport.HTTP).toString();
    return open(Transport.HTTP, HttpFraming.forms(host, path), false);
  }

  private Connection open(Transport transport, Framing framing, boolean shared) {
    Connection connection = new Connection(framing, traffic, shared);
    InetSocketAddress remote =
        Objects.requireNonNull(addresses.get(transport), "transport without an endpoint");
    dialer.dial(
        remote,
        channel -> connection.install(channel.pipeline(), handler(channel, transport)),
        connection::failed);
    return connection;
  }

  private Optional<SslHandler> handler(Channel channel, Transport transport) {
    return tls.map(trust -> trust.handler(channel, endpoint(transport)));
  }

  private Framing framing(Transport transport, String clientId) {
    return switch (transport) {
      case MQTT -> new MqttFraming(clientId, qos);
      case HTTP -> HttpFraming.frames(endpoint(transport).toString());
    };
  }

  private Endpoint endpoint(Transport transport) {
    return Objects.requireNonNull(endpoints.get(transport), "transport without an endpoint");
  }
}
