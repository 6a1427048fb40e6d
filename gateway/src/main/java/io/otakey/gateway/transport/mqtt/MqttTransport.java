package io.otakey.gateway.transport.mqtt;

import io.micrometer.core.instrument.Counter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.otakey.gateway.exchange.FrameHandler;
import io.otakey.gateway.exchange.FrameService;
import io.otakey.gateway.presence.Presence;
import io.otakey.gateway.tls.ServerTls;
import io.otakey.gateway.transport.Admission;
import io.otakey.gateway.transport.LimitsConfig;
import io.otakey.gateway.transport.Newcomers;
import io.otakey.protocol.wire.Frames;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An MQTT listener; deploy one instance per core, they share the port. Frames come and go on topic
 * {@code otakey/1}; client ids, wills and subscriptions mean nothing (protocol section 8).
 */
public final class MqttTransport extends VerticleBase {
  /** Topic, properties and headers around the largest frame. */
  private static final int MAX_PACKET = Frames.MAX_LENGTH + 512;

  private static final Logger LOG = LoggerFactory.getLogger(MqttTransport.class);
  private static final String VERTX_MQTT = "io.vertx.mqtt.";
  private static final int MAX_CLIENT_ID = 256;
  private static final int MAX_CONSOLIDATED = 256;

  private final MqttConfig config;
  private final Optional<ServerTls> tls;
  private final Admission admission;
  private final FrameService frames;
  private final FrameHandler handler;
  private final Presence presence;
  private final Newcomers newcomers;
  private final ReadPause pause;
  private final int connectSeconds;

  /** Sockets that are open, until their CONNECT came. */
  private final Map<SocketAddress, Arrival> arrivals = new HashMap<>();

  private Optional<MqttServer> server = Optional.empty();

  /** What is known of a socket before its CONNECT. */
  record Arrival(
      NetSocket socket, Channel channel, Newcomers.Newcomer newcomer, Admission.Source source) {}

  /**
   * @param limits patience with a connection that says nothing, and with one that is refused
   * @param late counts connections closed for saying nothing, or nothing that shows who it is
   */
  public MqttTransport(
      MqttConfig config,
      Optional<ServerTls> tls,
      Admission admission,
      FrameService frames,
      FrameHandler handler,
      Presence presence,
      LimitsConfig limits,
      Counter late) {
    this.config = config;
    this.tls = tls;
    this.admission = admission;
    this.frames = frames;
    this.handler = handler;
    this.presence = presence;
    this.newcomers =
        new Newcomers(limits.firstFrame(), admission::fill, System::nanoTime, late::increment);
    this.pause = new ReadPause(limits.refusalPause());
    this.connectSeconds = (int) Math.max(1, limits.firstFrame().toSeconds());
  }

  @Override
  public Future<?> start() {
    MqttServerOptions options =
        new MqttServerOptions()
            .setMaxMessageSize(MAX_PACKET)
            .setAutoClientId(false)
            .setMaxClientIdLength(MAX_CLIENT_ID)
            .setTimeoutOnConnect(connectSeconds)
            .setUseProxyProtocol(config.proxyProtocol());
    options.setHost(config.host()).setPort(port(config)).setReuseAddress(true);
    options.setTcpNoDelay(true).setTcpKeepAlive(true).setAcceptBacklog(4096);
    tls.ifPresent(material -> material.applyTo(options));
    GuardedSockets sockets = new GuardedSockets(vertx, this::admit);
    MqttServer listening = MqttServer.create(sockets, options);
    server = Optional.of(listening);
    newcomers.start(vertx);
    context.exceptionHandler(MqttTransport::unhandled);
    tls.ifPresent(material -> material.renew(ssl -> sockets.server().updateSSLOptions(ssl)));
    return listening
        .endpointHandler(this::connected)
        .exceptionHandler(refusedConnect -> {})
        .listen();
  }

  /** The port that is listened on, once deployed. */
  public int port() {
    return server.map(MqttServer::actualPort).orElse(-1);
  }

  /** vertx-mqtt throws at what a client does wrong, and closes the connection; that is no fault. */
  private static void unhandled(Throwable failure) {
    boolean protocolViolation =
        failure instanceof IllegalArgumentException || failure instanceof IllegalStateException;
    if (protocolViolation && failure.getStackTrace()[0].getClassName().startsWith(VERTX_MQTT)) {
      LOG.debug("MQTT connection closed: {}", failure.getMessage());
    } else {
      LOG.error("MQTT listener", failure);
    }
  }

  /** To Vert.x a negative port is a free one that all listeners of this number share. */
  private static int port(MqttConfig config) {
    return config.port() != 0 ? config.port() : config.tls() ? -2 : -1;
  }

  @Override
  public Future<?> stop() {
    return server.map(MqttServer::close).orElseGet(Future::succeededFuture);
  }

  private boolean admit(NetSocket socket) {
    String address = socket.remoteAddress().hostAddress();
    if (!admission.connect(address)) {
      return false;
    }
    SocketAddress remote = socket.remoteAddress();
    Admission.Source source = admission.source(address);
    Newcomers.Newcomer newcomer = newcomers.watch(socket::close);
    Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
    arrivals.put(remote, new Arrival(socket, channel, newcomer, source));
    socket.exceptionHandler(brokenBeforeConnect -> {}); // it is closed; else it is printed
    // PUBACK and answer, and the answers of one batch, leave in one system call.
    channel.pipeline().addFirst(new FlushConsolidationHandler(MAX_CONSOLIDATED, true));
    channel.pipeline().addLast(new Violations());
    channel
        .closeFuture()
        .addListener(
            closed -> {
              arrivals.remove(remote);
              newcomer.closed();
              source.closed();
            });
    return true;
  }

  /**
   * Damaged packets, and packets that only a server sends, end up here once nobody below wants
   * them; what the end of a pipeline is told is printed with its stack.
   */
  private static final class Violations extends ChannelInboundHandlerAdapter {
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the close
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      LOG.debug("MQTT connection closed: {}", failure.getMessage());
      context.close();
    }
  }

  private void connected(MqttEndpoint endpoint) {
    Arrival arrival = arrivals.remove(endpoint.remoteAddress());
    if (arrival == null) {
      endpoint.reject(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE);
      return;
    }
    new MqttSession(endpoint, arrival, pause, frames, handler, presence, context).open();
  }
}
