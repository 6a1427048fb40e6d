package io.otakey.loadgen.link;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.otakey.protocol.wire.Frames;

/** MQTT 3.1.1: frames are published and answered on one topic. */
final class MqttFraming implements Framing {
  private static final int MAX_MESSAGE = 4096;
  private static final int KEEP_ALIVE_SECONDS = 300;

  private final String clientId;
  private final MqttQoS qos;
  private int packetId;

  MqttFraming(String clientId, int qos) {
    this.clientId = clientId;
    this.qos = MqttQoS.valueOf(qos);
  }

  @Override
  public void addCodecs(ChannelPipeline pipeline) {
    pipeline.addLast(new MqttDecoder(MAX_MESSAGE), MqttEncoder.INSTANCE);
  }

  @Override
  public boolean opened(ChannelHandlerContext context) {
    Framing.flush(
        context,
        MqttMessageBuilders.connect()
            .protocolVersion(MqttVersion.MQTT_3_1_1)
            .clientId(clientId)
            .cleanSession(true)
            .keepAlive(KEEP_ALIVE_SECONDS)
            .build());
    return false;
  }

  @Override
  public void write(ChannelHandlerContext context, byte[] frame) {
    packetId = packetId == 0xffff ? 1 : packetId + 1;
    Framing.flush(
        context,
        MqttMessageBuilders.publish()
            .topicName(Frames.MQTT_TOPIC)
            .qos(qos)
            .messageId(packetId)
            .payload(Unpooled.wrappedBuffer(frame))
            .build());
  }

  @Override
  public Received read(ChannelHandlerContext context, Object message) {
    if (message instanceof MqttConnAckMessage ack) {
      boolean accepted =
          ack.variableHeader().connectReturnCode() == MqttConnectReturnCode.CONNECTION_ACCEPTED;
      return accepted ? Received.READY : Received.REFUSED;
    }
    if (message instanceof MqttPublishMessage publish) {
      if (publish.fixedHeader().qosLevel() == MqttQoS.AT_LEAST_ONCE) {
        Framing.flush(
            context,
            MqttMessageBuilders.pubAck().packetId(publish.variableHeader().packetId()).build());
      }
      boolean ours = publish.variableHeader().topicName().equals(Frames.MQTT_TOPIC);
      return ours ? Received.answer(ByteBufUtil.getBytes(publish.payload())) : Received.OTHER;
    }
    return message instanceof MqttMessage broken && broken.decoderResult().isFailure()
        ? Received.REFUSED
        : Received.OTHER;
  }

  @Override
  public boolean goodbye(ChannelHandlerContext context) {
    Framing.flush(context, MqttMessage.DISCONNECT);
    return true;
  }
}
