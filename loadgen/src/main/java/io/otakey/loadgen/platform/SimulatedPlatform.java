package io.otakey.loadgen.platform;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectPayload;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.FastThreadLocal;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An MQTT 3.1.1 listener that logs devices in as a broker does which asks the gateway: one session
 * for each client id, messages taken and dropped. No broker, nothing else of one.
 */
public final class SimulatedPlatform {
  private static final int MAX_MESSAGE = 8192;
  private static final int BACKLOG = 4096;
  private static final int IDLE_SECONDS = 300;
  private static final int QUESTIONS_AT_A_TIME = 16;

  private final String id;
  private final Map<String, Channel> sessions = new ConcurrentHashMap<>();
  private final FastThreadLocal<HookClient> hooks = new FastThreadLocal<>();
  private final Channel listener;

  private SimulatedPlatform(
      String id, Endpoint hook, MultiThreadIoEventLoopGroup group, InetSocketAddress address)
      throws InterruptedException {
    this.id = id;
    this.listener =
        new ServerBootstrap()
            .group(group)
            .channel(Loops.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (!hooks.isSet()) {
                      EventLoop loop = channel.eventLoop();
                      hooks.set(new HookClient(loop, hook, QUESTIONS_AT_A_TIME));
                    }
                    channel
                        .pipeline()
                        .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
                        .addLast(new MqttDecoder(MAX_MESSAGE), MqttEncoder.INSTANCE)
                        .addLast(new Session(hooks.get()));
                  }
                })
            .bind(address)
            .sync()
            .channel();
  }

  /**
   * Listens; port 0 takes a free one.
   *
   * @param id the platform id under which it asks
   * @param group its event loops; they end it
   */
  public static SimulatedPlatform start(
      String id, Endpoint hook, MultiThreadIoEventLoopGroup group, InetSocketAddress address)
      throws InterruptedException {
    return new SimulatedPlatform(id, hook, group, address);
  }

  /** Its platform id. */
  public String id() {
    return id;
  }

  /** Where it listens. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Switches it off: no session stays, and nobody answers at its port. */
  public void close() {
    listener.close().syncUninterruptibly();
    for (Channel session : sessions.values()) {
      var unused = session.close();
    }
  }

  /** Devices that are logged in. */
  public int sessions() {
    return sessions.size();
  }

  private final class Session extends SimpleChannelInboundHandler<MqttMessage> {
    private final HookClient hook;
    private String clientId = "";
    private boolean asked;

    Session(HookClient hook) {
      this.hook = hook;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, MqttMessage message) {
      if (message.decoderResult().isFailure()) {
        hangUp(context);
      } else if (message instanceof MqttConnectMessage connect && !asked) {
        asked = true;
        logIn(context, connect.payload());
      } else if (clientId.isEmpty()) {
        hangUp(context);
      } else if (message instanceof MqttPublishMessage publish) {
        if (publish.fixedHeader().qosLevel() == MqttQoS.AT_LEAST_ONCE) {
          int packet = publish.variableHeader().packetId();
          send(context, MqttMessageBuilders.pubAck().packetId(packet).build());
        }
      } else if (message.fixedHeader().messageType() == MqttMessageType.PINGREQ) {
        send(context, MqttMessage.PINGRESP);
      } else {
        hangUp(context); // DISCONNECT, or more than is simulated
      }
    }

    private void logIn(ChannelHandlerContext context, MqttConnectPayload shown) {
      byte[] password = shown.passwordInBytes();
      if (shown.userName() == null || password == null || shown.clientIdentifier().isEmpty()) {
        answer(context, MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED);
        return;
      }
      hook.ask(
          id,
          shown.clientIdentifier(),
          shown.userName(),
          new String(password, StandardCharsets.UTF_8),
          verdict -> {
            switch (verdict) {
              case ALLOWED -> welcome(context, shown.clientIdentifier());
              case DENIED ->
                  answer(
                      context, MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD);
              case UNKNOWN ->
                  answer(context, MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE);
            }
          });
    }

    private void welcome(ChannelHandlerContext context, String name) {
      if (!context.channel().isActive()) {
        return;
      }
      clientId = name;
      Channel before = sessions.put(name, context.channel());
      if (before != null) {
        var unused = before.close();
      }
      answer(context, MqttConnectReturnCode.CONNECTION_ACCEPTED);
    }

    private void answer(ChannelHandlerContext context, MqttConnectReturnCode code) {
      send(context, MqttMessageBuilders.connAck().returnCode(code).build());
      if (code != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
        hangUp(context);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!clientId.isEmpty()) {
        var unused = sessions.remove(clientId, context.channel());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      hangUp(context);
    }

    private static void send(ChannelHandlerContext context, Object message) {
      var unused = context.writeAndFlush(message);
    }

    private static void hangUp(ChannelHandlerContext context) {
      var unused = context.close();
    }
  }
}
