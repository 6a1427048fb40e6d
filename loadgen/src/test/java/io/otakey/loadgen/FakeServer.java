package io.otakey.loadgen;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.otakey.loadgen.link.Loops;
import io.otakey.protocol.wire.Frames;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The bindings of protocol section 8, as small as they can be, on free ports. */
public final class FakeServer {
  final AtomicInteger connections = new AtomicInteger();
  final Set<String> clientIds = ConcurrentHashMap.newKeySet();
  final Set<String> sources = ConcurrentHashMap.newKeySet();

  private final FakeGateway gateway;
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Channel mqtt;
  private final Channel http;
  private volatile long delayMillis;

  public FakeServer(FakeGateway gateway) throws InterruptedException {
    this.gateway = gateway;
    this.mqtt =
        listen(
            channel ->
                channel
                    .pipeline()
                    .addLast(new MqttDecoder(4096), MqttEncoder.INSTANCE, new Mqtt()));
    this.http =
        listen(
            channel ->
                channel
                    .pipeline()
                    .addLast(new HttpServerCodec(), new HttpObjectAggregator(4096), new Http()));
  }

  public String mqtt() {
    return "127.0.0.1:" + ((InetSocketAddress) mqtt.localAddress()).getPort();
  }

  String http() {
    return "127.0.0.1:" + ((InetSocketAddress) http.localAddress()).getPort();
  }

  /** From now on every answer over MQTT takes so long. */
  public void answerAfter(long millis) {
    delayMillis = millis;
  }

  /** Publishes a frame on every connection. */
  void push(byte[] frame) {
    var unused =
        open.writeAndFlush(
            MqttMessageBuilders.publish()
                .topicName(Frames.MQTT_TOPIC)
                .qos(MqttQoS.AT_MOST_ONCE)
                .payload(Unpooled.wrappedBuffer(frame))
                .build());
  }

  /** Throws everybody out, as a restart does. */
  void cutConnections() throws InterruptedException {
    open.close().await();
  }

  public void close() throws InterruptedException {
    Loops.end(group);
  }

  private interface Setup {
    void on(Channel channel);
  }

  private Channel listen(Setup setup) throws InterruptedException {
    return new ServerBootstrap()
        .group(group)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                connections.incrementAndGet();
                open.add(channel);
                sources.add(
                    ((InetSocketAddress) channel.remoteAddress()).getAddress().getHostAddress());
                setup.on(channel);
              }
            })
        .bind("127.0.0.1", 0)
        .sync()
        .channel();
  }

  private static void flush(ChannelHandlerContext context, Object message) {
    var unused = context.writeAndFlush(message);
  }

  private final class Mqtt extends SimpleChannelInboundHandler<MqttMessage> {
    private int packetId;

    @Override
    protected void channelRead0(ChannelHandlerContext context, MqttMessage message) {
      if (message instanceof MqttConnectMessage connect) {
        clientIds.add(connect.payload().clientIdentifier());
        flush(
            context,
            MqttMessageBuilders.connAck()
                .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
                .build());
      } else if (message instanceof MqttPublishMessage publish) {
        byte[] answer = gateway.answer(ByteBufUtil.getBytes(publish.payload()));
        MqttQoS qos = publish.fixedHeader().qosLevel();
        if (qos == MqttQoS.AT_LEAST_ONCE) {
          flush(
              context,
              MqttMessageBuilders.pubAck().packetId(publish.variableHeader().packetId()).build());
        }
        packetId = packetId % 0xffff + 1;
        MqttPublishMessage reply =
            MqttMessageBuilders.publish()
                .topicName(Frames.MQTT_TOPIC)
                .qos(qos)
                .messageId(packetId)
                .payload(Unpooled.wrappedBuffer(answer))
                .build();
        var unused =
            context
                .executor()
                .schedule(() -> flush(context, reply), delayMillis, TimeUnit.MILLISECONDS);
      } else if (message.fixedHeader().messageType() == MqttMessageType.DISCONNECT) {
        var unused = context.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var unused = context.close(); // a reset by the generator
    }
  }

  private final class Http extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      boolean ours =
          request.uri().equals(Frames.HTTP_PATH)
              && Frames.MEDIA_TYPE.equals(request.headers().get("content-type"));
      byte[] answer = gateway.answer(ByteBufUtil.getBytes(request.content()));
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              ours ? HttpResponseStatus.OK : HttpResponseStatus.NOT_FOUND,
              Unpooled.wrappedBuffer(answer));
      response.headers().set("content-type", Frames.MEDIA_TYPE);
      response.headers().set("content-length", answer.length);
      flush(context, response);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var unused = context.close(); // a reset by the generator
    }
  }
}
