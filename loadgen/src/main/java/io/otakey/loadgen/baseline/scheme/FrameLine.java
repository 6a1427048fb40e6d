package io.otakey.loadgen.baseline.scheme;

import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.baseline.wire.HttpLine;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.baseline.wire.MqttLine;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.protocol.wire.Frames;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** A connection that carries frames one by one (protocol section 8). */
interface FrameLine extends AutoCloseable {
  /** Sends a frame; its answer. */
  byte[] ask(byte[] frame) throws IOException;

  @Override
  void close();

  static FrameLine open(GatewayUnderTest gateway, Transport transport, boolean tls, Links links)
      throws IOException {
    Endpoint endpoint =
        gateway
            .endpoint(transport, tls)
            .orElseThrow(() -> new IOException("the gateway has no such listener"));
    Optional<SslContext> trust = tls ? gateway.trust() : Optional.empty();
    return switch (transport) {
      case MQTT -> new Mqtt(MqttLine.open(links, endpoint, trust, MqttLine.Login.of("d")));
      case HTTP -> new Http(HttpLine.open(links, endpoint, trust));
    };
  }

  /** On one topic, both ways. */
  record Mqtt(MqttLine line) implements FrameLine {
    @Override
    public byte[] ask(byte[] frame) throws IOException {
      line.publish(Frames.MQTT_TOPIC, frame);
      return line.answer().payload();
    }

    @Override
    public void close() {
      line.close();
    }
  }

  /** One POST, one answer. */
  record Http(HttpLine line) implements FrameLine {
    @Override
    public byte[] ask(byte[] frame) throws IOException {
      return line.post(Frames.HTTP_PATH, Map.of("Content-Type", Frames.MEDIA_TYPE), frame).body();
    }

    @Override
    public void close() {
      line.close();
    }
  }
}
