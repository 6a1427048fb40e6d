package io.otakey.loadgen.baseline.wire;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.link.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A device's MQTT 3.1.1 connection, QoS 0: TCP delivers, and every scheme repeats by itself. */
public final class MqttLine implements AutoCloseable {
  private static final int MAX_MESSAGE = 65_536;
  private static final int KEEP_ALIVE_SECONDS = 300;

  private final Session session;
  private int packetId;

  private MqttLine(Session session) {
    this.session = session;
  }

  /** A message that came. */
  public record Message(String topic, byte[] payload) {
    /** The payload as text. */
    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }
  }

  /**
   * Who the device says it is.
   *
   * @param user empty: neither user name nor password
   */
  public record Login(String clientId, String user, String password) {
    /** Without user name and password. */
    public static Login of(String clientId) {
      return new Login(clientId, "", "");
    }

    @Override
    public String toString() {
      return "Login[" + clientId + "]";
    }
  }

  /**
   * Connects and logs in.
   *
   * @throws LoginRefusedException if the server will not have it
   */
  public static MqttLine open(Links links, Endpoint server, Optional<SslContext> tls, Login login)
      throws IOException {
    Session session =
        links.open(server, tls, connect(login), new MqttDecoder(MAX_MESSAGE), MqttEncoder.INSTANCE);
    try {
      MqttConnectReturnCode code =
          session.receive(MqttConnAckMessage.class).variableHeader().connectReturnCode();
      if (code != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
        throw new LoginRefusedException(code);
      }
      return new MqttLine(session);
    } catch (IOException e) {
      session.close();
      throw e;
    }
  }

  private static MqttMessage connect(Login login) {
    MqttMessageBuilders.ConnectBuilder connect =
        MqttMessageBuilders.connect()
            .protocolVersion(MqttVersion.MQTT_3_1_1)
            .clientId(login.clientId())
            .cleanSession(true)
            .keepAlive(KEEP_ALIVE_SECONDS);
    if (!login.user().isEmpty()) {
      connect.username(login.user()).password(login.password().getBytes(StandardCharsets.UTF_8));
    }
    return connect.build();
  }

  /** Subscribes to topics with one packet, and waits until that is so. */
  public void subscribe(String... filters) throws IOException {
    MqttMessageBuilders.SubscribeBuilder subscribe =
        MqttMessageBuilders.subscribe().messageId(++packetId);
    for (String filter : filters) {
      subscribe.addSubscription(MqttQoS.AT_MOST_ONCE, filter);
    }
    session.send(subscribe.build());
    session.receive(MqttSubAckMessage.class);
  }

  /** Publishes. */
  public void publish(String topic, byte[] payload) {
    session.send(
        MqttMessageBuilders.publish()
            .topicName(topic)
            .qos(MqttQoS.AT_MOST_ONCE)
            .payload(Unpooled.wrappedBuffer(payload))
            .build());
  }

  /** Publishes text. */
  public void publish(String topic, String payload) {
    publish(topic, payload.getBytes(StandardCharsets.UTF_8));
  }

  /** The next message, which answers something; this may be the one that is lost. */
  public Message answer() throws IOException {
    return message(session.receiveAnswer(MqttPublishMessage.class));
  }

  /** The parts that came are an answer as a whole; this may be the one that is lost. */
  public void answered() throws IOException {
    session.answered();
  }

  /** The next message, which is a part of an answer. */
  public Message part() throws IOException {
    return message(session.receive(MqttPublishMessage.class));
  }

  private static Message message(MqttPublishMessage publish) {
    try {
      return new Message(
          publish.variableHeader().topicName(), ByteBufUtil.getBytes(publish.payload()));
    } finally {
      publish.release();
    }
  }

  /** Says good-bye. */
  @Override
  public void close() {
    session.close(MqttMessage.DISCONNECT);
  }

  /** The server refused a login. */
  public static final class LoginRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    LoginRefusedException(MqttConnectReturnCode code) {
      super("login refused: " + code);
    }
  }
}
