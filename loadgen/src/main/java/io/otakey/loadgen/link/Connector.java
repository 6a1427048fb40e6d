package io.otakey.loadgen.link;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Opens connections on one event loop, from several source addresses in turn. */
public final class Connector {
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

  private final EventLoop loop;
  private final Map<Transport, Endpoint> endpoints;
  private final Map<Transport, InetSocketAddress> addresses;
  private final Optional<Trust> tls;
  private final List<String> sources;
  private final int qos;
  private final Traffic traffic = new Traffic();
  private int nextSource;

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
    this.loop = loop;
    this.tls = tls;
    this.endpoints = Map.copyOf(endpoints);
    this.addresses =
        endpoints.entrySet().stream()
            .collect(
                java.util.stream.Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, e -> e.getValue().address()));
    this.sources = List.copyOf(sources);
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
    SocketAddress remote = addresses.get(transport);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(Loops.channel())
            .option(ChannelOption.TCP_NODELAY, true)
            // A reset at the end: a million connections would leave no port free otherwise.
            .option(ChannelOption.SO_LINGER, 0)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    connection.install(
                        channel.pipeline(), tls.map(t -> t.handler(channel, endpoint(transport))));
                  }
                });
    if (Epoll.isAvailable()) {
      bootstrap.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
    }
    if (!sources.isEmpty()) {
      nextSource = (nextSource + 1) % sources.size();
      bootstrap.localAddress(new InetSocketAddress(sources.get(nextSource), 0));
    }
    var unused =
        bootstrap
            .connect(remote)
            .addListener(
                future -> {
                  if (!future.isSuccess()) {
                    connection.failed();
                  }
                });
    return connection;
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
