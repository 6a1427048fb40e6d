package io.otakey.gateway.transport.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.otakey.gateway.exchange.FrameHandler;
import io.otakey.gateway.exchange.FrameService;
import io.otakey.gateway.exchange.Reply;
import io.otakey.gateway.presence.Presence;
import io.otakey.protocol.wire.Frames;
import io.otakey.protocol.wire.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.MqttSubscribeMessage;
import io.vertx.mqtt.messages.codes.MqttDisconnectReasonCode;
import io.vertx.mqtt.messages.codes.MqttPubAckReasonCode;
import io.vertx.mqtt.messages.codes.MqttSubAckReasonCode;
import io.vertx.mqtt.messages.codes.MqttUnsubAckReasonCode;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One MQTT connection: every frame gets exactly one answer, in order, with the request's QoS, and
 * the PUBACK goes out with the answer, so after a CONFIRM's commit. On one event loop.
 */
final class MqttSession {
  /** Frames of one connection under way; an edge proxy may carry many devices. */
  private static final int MAX_PENDING = 512;

  private static final int MQTT_5 = 5;

  private final MqttEndpoint endpoint;
  private final MqttTransport.Arrival arrival;
  private final ReadPause pause;
  private final FrameService frames;
  private final FrameHandler handler;
  private final Presence.Line line;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>(2);
  private int messageId;

  /** A PUBLISH that waits for its turn to be answered. */
  private static final class Pending {
    final MqttQoS qos;
    final int messageId;
    final MqttProperties properties;
    final boolean answered;
    @Nullable Reply reply;
    boolean ready;

    Pending(MqttPublishMessage message, boolean answered) {
      this.qos = message.qosLevel();
      this.messageId = message.messageId();
      this.properties = correlation(message);
      this.answered = answered;
    }

    private static MqttProperties correlation(MqttPublishMessage message) {
      int type = MqttProperties.CORRELATION_DATA;
      MqttProperties.MqttProperty<?> data = message.properties().getProperty(type);
      if (data == null) {
        return MqttProperties.NO_PROPERTIES;
      }
      MqttProperties copied = new MqttProperties();
      copied.add(data);
      return copied;
    }
  }

  MqttSession(
      MqttEndpoint endpoint,
      MqttTransport.Arrival arrival,
      ReadPause pause,
      FrameService frames,
      FrameHandler handler,
      Presence presence,
      Context context) {
    this.endpoint = endpoint;
    this.arrival = arrival;
    this.pause = pause;
    this.frames = frames;
    this.handler = handler;
    this.line = presence.open(notice -> context.runOnContext(v -> push(notice)));
    arrival.channel().closeFuture().addListener(closed -> line.close());
  }

  void open() {
    endpoint.publishAutoAck(false);
    endpoint.publishHandler(this::published);
    endpoint.subscribeHandler(this::subscribed);
    endpoint.unsubscribeHandler(
        message ->
            endpoint.unsubscribeAcknowledge(
                message.messageId(),
                message.topics().stream().map(t -> MqttUnsubAckReasonCode.SUCCESS).toList(),
                MqttProperties.NO_PROPERTIES));
    endpoint.exceptionHandler(failure -> hangUp());
    if (endpoint.protocolVersion() == MQTT_5) {
      endpoint.accept(false, capabilities());
    } else {
      endpoint.accept(false);
    }
  }

  private MqttProperties capabilities() {
    MqttProperties properties = new MqttProperties();
    properties.add(new MqttProperties.IntegerProperty(MqttProperties.MAXIMUM_QOS, 1));
    properties.add(new MqttProperties.IntegerProperty(MqttProperties.RETAIN_AVAILABLE, 0));
    String id = endpoint.clientIdentifier();
    if (id == null || id.isEmpty()) { // it must be given one (MQTT 5, 3.2.2.3.7)
      properties.add(
          new MqttProperties.StringProperty(
              MqttProperties.ASSIGNED_CLIENT_IDENTIFIER, UUID.randomUUID().toString()));
    }
    return properties;
  }

  private void subscribed(MqttSubscribeMessage message) {
    endpoint.subscribeAcknowledge(
        message.messageId(),
        message.topicSubscriptions().stream()
            .map(
                topic ->
                    topic.qualityOfService() == MqttQoS.AT_MOST_ONCE
                        ? MqttSubAckReasonCode.GRANTED_QOS0
                        : MqttSubAckReasonCode.GRANTED_QOS1)
            .toList(),
        MqttProperties.NO_PROPERTIES);
  }

  private void published(MqttPublishMessage message) {
    if (message.qosLevel() == MqttQoS.EXACTLY_ONCE) {
      refuseQos2();
      return;
    }
    Pending slot = new Pending(message, message.topicName().equals(Frames.MQTT_TOPIC));
    pending.addLast(slot);
    if (!slot.answered) {
      ready(slot, null);
    } else if (pending.size() > MAX_PENDING) {
      ready(slot, frames.busy("too many frames on one connection"));
    } else if (!arrival.source().admitFrame()) {
      ready(slot, frames.busy("too many frames from one source"));
    } else {
      Future<Reply> answer = handler.handle(message.payload().getBytes());
      answer.onSuccess(reply -> ready(slot, reply));
    }
  }

  private void ready(Pending slot, @Nullable Reply reply) {
    slot.reply = reply;
    slot.ready = true;
    if (reply != null) {
      account(reply);
    }
    while (!pending.isEmpty() && pending.peekFirst().ready) {
      send(pending.removeFirst());
    }
  }

  private void account(Reply reply) {
    boolean wellFormed = reply.refusal().filter(r -> r == Refusal.MALFORMED).isEmpty();
    if (wellFormed) {
      arrival.newcomer().spoke(reply.authentic().isPresent());
    }
    reply.shows().ifPresent(line::shows);
    if (reply.repeated()) {
      arrival.source().refundFrame();
    }
    if (reply.authentic().isEmpty()) {
      pause.rest(arrival.channel());
    }
  }

  private void send(Pending slot) {
    if (!endpoint.isConnected()) {
      return;
    }
    if (arrival.socket().writeQueueFull()) {
      hangUp(); // it asks and asks and never reads
      return;
    }
    if (slot.qos == MqttQoS.AT_LEAST_ONCE) {
      acknowledge(slot.messageId);
    }
    Optional.ofNullable(slot.reply).ifPresent(reply -> publish(slot, reply));
  }

  /** Between answers, whose order it leaves alone; not worth a repetition. */
  private void push(byte[] notice) {
    if (endpoint.isConnected() && !arrival.socket().writeQueueFull()) {
      endpoint.publish(
          Frames.MQTT_TOPIC, Buffer.buffer(notice), MqttQoS.AT_MOST_ONCE, false, false);
    }
  }

  private void acknowledge(int id) {
    if (endpoint.protocolVersion() == MQTT_5) {
      endpoint.publishAcknowledge(id, MqttPubAckReasonCode.SUCCESS, MqttProperties.NO_PROPERTIES);
    } else {
      endpoint.publishAcknowledge(id);
    }
  }

  private void publish(Pending slot, Reply reply) {
    messageId = messageId % 0xffff + 1;
    Buffer payload = Buffer.buffer(reply.frame());
    endpoint.publish(
        Frames.MQTT_TOPIC, payload, slot.qos, false, false, messageId, slot.properties);
  }

  private void refuseQos2() {
    if (endpoint.protocolVersion() == MQTT_5 && endpoint.isConnected()) {
      endpoint.disconnect(MqttDisconnectReasonCode.QOS_NOT_SUPPORTED, MqttProperties.NO_PROPERTIES);
    }
    hangUp();
  }

  /** Of the socket: closing an endpoint twice throws, and others close it too. */
  private void hangUp() {
    arrival.socket().close();
  }
}
