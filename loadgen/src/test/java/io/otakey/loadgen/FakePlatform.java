package io.otakey.loadgen;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.util.ReferenceCountUtil;
import io.otakey.loadgen.link.Loops;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A platform in memory: an MQTT broker that logs devices in, and can misbehave. */
final class FakePlatform implements AutoCloseable {
  /** A login as it comes in. */
  record Shown(String clientId, String loginName, String password) {}

  /** How it answers a login. */
  interface Manner {
    void answer(FakePlatform platform, ChannelHandlerContext context, Shown shown);
  }

  /** Whether a login is right. */
  interface Rule {
    boolean allows(Shown shown);
  }

  /** Says no more. */
  static final Manner MUTE = (platform, context, shown) -> {};

  /** Hangs up. */
  static final Manner CLOSING = (platform, context, shown) -> run(context.close());

  /** Speaks something else. */
  static final Manner GARBAGE =
      (platform, context, shown) ->
          run(
              context
                  .pipeline()
                  .firstContext()
                  .writeAndFlush(
                      Unpooled.copiedBuffer("HTTP/1.1 400 no\r\n\r\n", StandardCharsets.US_ASCII)));

  final List<Shown> logins = new CopyOnWriteArrayList<>();
  final List<String> subscriptions = new CopyOnWriteArrayList<>();
  final Map<String, Channel> sessions = new ConcurrentHashMap<>();

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;
  private volatile Manner manner;

  FakePlatform(Manner manner) throws InterruptedException {
    this.manner = manner;
    this.listener =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new MqttDecoder(4096), MqttEncoder.INSTANCE, new Session());
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
  }

  /** A broker as it should be: one session for a client id, and who is not allowed hears it. */
  static Manner asking(Rule rule) {
    return (platform, context, shown) ->
        platform.answer(
            context,
            shown,
            rule.allows(shown)
                ? MqttConnectReturnCode.CONNECTION_ACCEPTED
                : MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD);
  }

  static Manner saying(MqttConnectReturnCode code) {
    return (platform, context, shown) -> platform.answer(context, shown, code);
  }

  void behave(Manner next) {
    manner = next;
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", port());
  }

  /** An empty message to whoever has this client id. */
  void tell(String clientId, String topic) {
    Channel session = sessions.get(clientId);
    if (session != null) {
      run(
          session.writeAndFlush(
              MqttMessageBuilders.publish()
                  .topicName(topic)
                  .qos(MqttQoS.AT_MOST_ONCE)
                  .payload(Unpooled.EMPTY_BUFFER)
                  .build()));
    }
  }

  private void answer(ChannelHandlerContext context, Shown shown, MqttConnectReturnCode code) {
    boolean accepted = code == MqttConnectReturnCode.CONNECTION_ACCEPTED;
    if (accepted) {
      Channel before = sessions.put(shown.clientId(), context.channel());
      if (before != null) {
        run(before.close());
      }
    }
    run(context.writeAndFlush(MqttMessageBuilders.connAck().returnCode(code).build()));
    if (!accepted) {
      run(context.close());
    }
  }

  private static void run(Object unused) {}

  @Override
  public void close() {
    Loops.end(group);
  }

  private final class Session extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof MqttConnectMessage connect) {
        Shown shown =
            new Shown(
                connect.payload().clientIdentifier(),
                connect.payload().userName(),
                new String(connect.payload().passwordInBytes(), StandardCharsets.UTF_8));
        logins.add(shown);
        manner.answer(FakePlatform.this, context, shown);
      } else if (message instanceof MqttSubscribeMessage subscribe) {
        subscribe.payload().topicSubscriptions().forEach(to -> subscriptions.add(to.topicFilter()));
        run(
            context.writeAndFlush(
                MqttMessageBuilders.subAck()
                    .packetId(subscribe.variableHeader().messageId())
                    .addGrantedQos(MqttQoS.AT_MOST_ONCE)
                    .build()));
      } else if (message instanceof MqttMessage packet
          && packet.fixedHeader() != null
          && packet.fixedHeader().messageType() == MqttMessageType.DISCONNECT) {
        run(context.close());
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      sessions.values().remove(context.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      run(context.close());
    }
  }
}
