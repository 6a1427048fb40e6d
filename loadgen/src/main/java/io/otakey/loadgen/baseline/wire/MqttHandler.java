package io.otakey.loadgen.baseline.wire;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
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
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * The server's side of one MQTT connection: a service behind it sees logins and messages, and
 * answers on the same connection. Subscriptions are granted and change nothing: the schemes answer
 * whoever asked.
 */
public final class MqttHandler extends SimpleChannelInboundHandler<MqttMessage> {
  private static final int MAX_MESSAGE = 65_536;

  private final Service service;
  private Optional<Caller> caller = Optional.empty();

  private MqttHandler(Service service) {
    this.service = service;
  }

  /** What a scheme's server does; called on its one thread. */
  public interface Service {
    /** Whether somebody may come in. */
    boolean accepts(Caller caller);

    /** Somebody who is in said something. */
    void published(Caller caller, String topic, byte[] payload);

    /** Somebody has come in and been told so. */
    default void welcomed(Caller caller) {}
  }

  /**
   * Somebody at the other end.
   *
   * @param certificate shown in TLS, and found to follow from an authority that the server trusts
   */
  public record Caller(
      ChannelHandlerContext context, MqttLine.Login login, Optional<X509Certificate> certificate) {
    /** Sends a message. */
    public void publish(String topic, byte[] payload) {
      send(
          context,
          MqttMessageBuilders.publish()
              .topicName(topic)
              .qos(MqttQoS.AT_MOST_ONCE)
              .payload(Unpooled.wrappedBuffer(payload))
              .build());
    }

    /** Sends text. */
    public void publish(String topic, String payload) {
      publish(topic, payload.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Puts the server's side of MQTT into a new connection. */
  public static void install(ChannelPipeline pipeline, Service service) {
    pipeline.addLast(new MqttDecoder(MAX_MESSAGE), MqttEncoder.INSTANCE, new MqttHandler(service));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, MqttMessage message) {
    if (message.decoderResult().isFailure()) {
      hangUp(context);
    } else if (message instanceof MqttConnectMessage connect && caller.isEmpty()) {
      welcome(context, connect.payload());
    } else if (caller.isEmpty()) {
      hangUp(context);
    } else if (message instanceof MqttSubscribeMessage subscribe) {
      MqttQoS[] granted = new MqttQoS[subscribe.payload().topicSubscriptions().size()];
      java.util.Arrays.fill(granted, MqttQoS.AT_MOST_ONCE);
      send(
          context,
          MqttMessageBuilders.subAck()
              .packetId(subscribe.variableHeader().messageId())
              .addGrantedQoses(granted)
              .build());
    } else if (message instanceof MqttPublishMessage publish) {
      service.published(
          caller.get(),
          publish.variableHeader().topicName(),
          ByteBufUtil.getBytes(publish.payload()));
    } else if (message.fixedHeader().messageType() == MqttMessageType.PINGREQ) {
      send(context, MqttMessage.PINGRESP);
    } else {
      hangUp(context); // DISCONNECT, or more than these servers speak
    }
  }

  private void welcome(ChannelHandlerContext context, MqttConnectPayload shown) {
    byte[] password = shown.passwordInBytes();
    Caller shownCaller =
        new Caller(
            context,
            new MqttLine.Login(
                shown.clientIdentifier(),
                shown.userName() == null ? "" : shown.userName(),
                password == null ? "" : new String(password, StandardCharsets.UTF_8)),
            certificate(context));
    boolean accepted = service.accepts(shownCaller);
    send(
        context,
        MqttMessageBuilders.connAck()
            .returnCode(
                accepted
                    ? MqttConnectReturnCode.CONNECTION_ACCEPTED
                    : MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED)
            .build());
    if (accepted) {
      caller = Optional.of(shownCaller);
      service.welcomed(shownCaller);
    } else {
      hangUp(context);
    }
  }

  private static Optional<X509Certificate> certificate(ChannelHandlerContext context) {
    SslHandler tls = context.pipeline().get(SslHandler.class);
    try {
      return tls != null
              && tls.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate shown
          ? Optional.of(shown)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty(); // none shown
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
