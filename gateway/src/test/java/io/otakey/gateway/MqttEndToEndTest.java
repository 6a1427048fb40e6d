package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5MessageException;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Real MQTT clients, 3.1.1 and 5, plain and TLS, against a whole gateway. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MqttEndToEndTest {
  private static final String TOPIC = "otakey/1";
  private static final long PATIENCE = 20;

  private static final int REFUSAL_PAUSE_MILLIS = 500;

  private Path folder;
  private TestGateway gateway;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    gateway =
        TestGateway.start(
                folder,
                Map.of(
                    "OTAKEY_LIMITS_FIRSTFRAME",
                    "4",
                    "OTAKEY_LIMITS_REFUSALPAUSEMILLIS",
                    String.valueOf(REFUSAL_PAUSE_MILLIS)))
            .withOpenProduct();
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void mqtt311_oneDeviceEnrollsAndConfirms_withoutASubscription() throws Exception {
    Mqtt3BlockingClient client =
        MqttClient.builder()
            .useMqttVersion3()
            .identifier("")
            .serverHost("127.0.0.1")
            .serverPort(gateway.gateway().endpoints().port("mqtt"))
            .buildBlocking();
    client.connect();
    try (Mqtt3BlockingClient.Mqtt3Publishes answers =
        client.publishes(MqttGlobalPublishFilter.ALL)) {
      for (MqttQos qos : List.of(MqttQos.AT_MOST_ONCE, MqttQos.AT_LEAST_ONCE)) {
        TestDevice device = gateway.device("m3-" + qos.getCode());
        DeviceHandshake handshake = device.enroll();
        TestDevice.Held held =
            device.take(handshake, exchange(client, answers, qos, handshake.request()));
        byte[] confirm = device.confirm(held);
        Answer ack = TestDevice.checked(held, confirm, exchange(client, answers, qos, confirm));
        assertThat(((Answer.Ack) ack).status()).isEqualTo(Answer.AckStatus.COMMITTED);
      }
    } finally {
      client.disconnect();
    }
  }

  private static byte[] exchange(
      Mqtt3BlockingClient client,
      Mqtt3BlockingClient.Mqtt3Publishes answers,
      MqttQos qos,
      byte[] frame)
      throws InterruptedException {
    client.publish(Mqtt3Publish.builder().topic(TOPIC).qos(qos).payload(frame).build());
    Mqtt3Publish answer = answers.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow();
    assertThat(answer.getTopic()).hasToString(TOPIC);
    assertThat(answer.getQos()).isEqualTo(qos);
    return answer.getPayloadAsBytes();
  }

  @Test
  void mqtt5_correlationComesBackAndAnswersKeepTheirOrder() throws Exception {
    Mqtt5BlockingClient client = client5("mqtt");
    client.connect();
    try (Mqtt5BlockingClient.Mqtt5Publishes answers =
        client.publishes(MqttGlobalPublishFilter.ALL)) {
      client.subscribeWith().topicFilter("otakey/1").send();
      List<byte[]> requests = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        byte[] enroll = gateway.device("m5-" + i).enroll().request();
        requests.add(i % 3 == 0 ? new byte[] {0x77, (byte) i} : enroll);
      }
      for (int i = 0; i < requests.size(); i++) {
        var sent =
            client
                .toAsync()
                .publish(
                    Mqtt5Publish.builder()
                        .topic(TOPIC)
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .correlationData(new byte[] {(byte) i})
                        .payload(requests.get(i))
                        .build());
        assertThat(sent).isNotCompletedExceptionally();
      }
      for (int i = 0; i < requests.size(); i++) {
        Mqtt5Publish answer = answers.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow();
        assertThat(answer.getCorrelationData()).contains(ByteBuffer.wrap(new byte[] {(byte) i}));
        Answer decoded = TestDevice.decode(answer.getPayloadAsBytes());
        if (i % 3 == 0) {
          assertThat(((Answer.Refused) decoded).code()).isEqualTo(Refusal.MALFORMED);
        } else {
          assertThat(decoded).isInstanceOf(Answer.Grant.class);
        }
      }
    } finally {
      client.disconnect();
    }
  }

  @Test
  void otherTopics_areAcknowledgedAndDropped() throws Exception {
    Mqtt5BlockingClient client = client5("mqtt");
    client.connect();
    try (Mqtt5BlockingClient.Mqtt5Publishes answers =
        client.publishes(MqttGlobalPublishFilter.ALL)) {
      Mqtt5PublishResult result =
          client.publish(
              Mqtt5Publish.builder()
                  .topic("telemetry")
                  .qos(MqttQos.AT_LEAST_ONCE)
                  .payload(new byte[] {1})
                  .build());
      assertThat(result.getError()).isEmpty();
      client.publish(
          Mqtt5Publish.builder()
              .topic(TOPIC)
              .qos(MqttQos.AT_LEAST_ONCE)
              .payload(new byte[] {1})
              .build());
      byte[] only = answers.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes();
      assertThat(((Answer.Refused) TestDevice.decode(only)).code()).isEqualTo(Refusal.MALFORMED);
    } finally {
      client.disconnect();
    }
  }

  @Test
  void qos2_isRefused() {
    Mqtt5BlockingClient client = client5("mqtt");
    client.connect();
    assertThatThrownBy(
            () ->
                client.publish(
                    Mqtt5Publish.builder()
                        .topic(TOPIC)
                        .qos(MqttQos.EXACTLY_ONCE)
                        .payload(new byte[] {1})
                        .build()))
        .isInstanceOf(Exception.class)
        .isNotInstanceOf(Mqtt5MessageException.class);
  }

  @Test
  void equalClientIds_doNotDisturbEachOther() throws Exception {
    Mqtt5BlockingClient one = client5("mqtt", "same");
    Mqtt5BlockingClient other = client5("mqtt", "same");
    one.connect();
    other.connect();
    for (Mqtt5BlockingClient client : List.of(one, other)) {
      try (Mqtt5BlockingClient.Mqtt5Publishes answers =
          client.publishes(MqttGlobalPublishFilter.ALL)) {
        client.publish(
            Mqtt5Publish.builder()
                .topic(TOPIC)
                .qos(MqttQos.AT_MOST_ONCE)
                .payload(gateway.device("same").enroll().request())
                .build());
        assertThat(answers.receive(PATIENCE, TimeUnit.SECONDS)).isPresent();
      }
      client.disconnect();
    }
  }

  @Test
  void tls_carriesFramesUnderTheDevelopmentCertificate() throws Exception {
    Mqtt5BlockingClient client =
        MqttClient.builder()
            .useMqttVersion5()
            .serverHost("localhost")
            .serverPort(gateway.gateway().endpoints().port("mqtts"))
            .sslConfig(MqttClientSslConfig.builder().trustManagerFactory(trust()).build())
            .buildBlocking();
    client.connect();
    try (Mqtt5BlockingClient.Mqtt5Publishes answers =
        client.publishes(MqttGlobalPublishFilter.ALL)) {
      TestDevice device = gateway.device("tls");
      DeviceHandshake handshake = device.enroll();
      client.publish(
          Mqtt5Publish.builder()
              .topic(TOPIC)
              .qos(MqttQos.AT_LEAST_ONCE)
              .payload(handshake.request())
              .build());
      byte[] answer = answers.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes();
      assertThat(device.take(handshake, answer).key().epoch()).isEqualTo(1);
    } finally {
      client.disconnect();
    }
  }

  @Test
  void silentConnections_areClosedInTime() throws Exception {
    byte[] connect = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'x'};
    byte[] post = "POST /otakey/1 HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII);
    List<Socket> sockets = new ArrayList<>();
    try {
      for (byte[] first : List.of(new byte[0], connect)) {
        sockets.add(saying("mqtt", first));
      }
      for (byte[] first : List.of(new byte[0], post)) {
        sockets.add(saying("http", first));
      }
      for (Socket socket : sockets) {
        assertThat(readToEnd(socket.getInputStream())).isLessThan(64);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private Socket saying(String listener, byte[] first) throws IOException {
    Socket socket = new Socket("127.0.0.1", gateway.gateway().endpoints().port(listener));
    socket.setSoTimeout(20_000);
    socket.getOutputStream().write(first);
    return socket;
  }

  @Test
  void whatNobodysKeyAuthenticates_restsItsConnection_andOnlyThat() throws Exception {
    Mqtt5BlockingClient client = client5("mqtt");
    client.connect();
    try (Mqtt5BlockingClient.Mqtt5Publishes answers =
        client.publishes(MqttGlobalPublishFilter.ALL)) {
      long begin = System.nanoTime();
      int good = 25;
      for (int i = 0; i < good; i++) {
        byte[] answer = ask(client, answers, gateway.device("rest-" + i).enroll().request());
        assertThat(TestDevice.decode(answer)).isInstanceOf(Answer.Grant.class);
      }
      assertThat(millisSince(begin)).isLessThan((long) good * REFUSAL_PAUSE_MILLIS);
      byte[] wrongGuard = gateway.device("rest").enroll().request();
      wrongGuard[wrongGuard.length - 1] ^= 1;
      for (byte[] bad : List.of(new byte[] {0x77}, wrongGuard)) {
        long first = System.nanoTime();
        ask(client, answers, bad);
        ask(client, answers, bad);
        assertThat(millisSince(first)).isGreaterThanOrEqualTo(REFUSAL_PAUSE_MILLIS);
      }
    } finally {
      client.disconnect();
    }
  }

  private static long millisSince(long begin) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }

  private static byte[] ask(
      Mqtt5BlockingClient client, Mqtt5BlockingClient.Mqtt5Publishes answers, byte[] frame)
      throws InterruptedException {
    client.toAsync().publishWith().topic(TOPIC).qos(MqttQos.AT_MOST_ONCE).payload(frame).send();
    return answers.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes();
  }

  @Test
  void oversizedPackets_endTheConnection() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", gateway.gateway().endpoints().port("mqtt"))) {
      socket.setSoTimeout(10_000);
      byte[] connect = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'x'};
      socket.getOutputStream().write(connect);
      socket.getOutputStream().write(new byte[] {0x30, (byte) 0xff, (byte) 0xff, 0x7f, 0, 8});
      socket.getOutputStream().write(new byte[60_000]);
      readToEnd(socket.getInputStream());
    } catch (java.net.SocketException reset) {
      assertThat(reset).hasMessageMatching("(?i).*(reset|broken pipe|closed).*");
    }
  }

  private static int readToEnd(InputStream in) throws java.io.IOException {
    int total = 0;
    try {
      for (int read = in.read(); read >= 0; read = in.read()) {
        total++;
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the gateway did not close the connection", e);
    }
    return total;
  }

  private TrustManagerFactory trust() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream pem = Files.newInputStream(folder.resolve("development-certificate.pem"))) {
      store.setCertificateEntry(
          "gateway", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory;
  }

  private Mqtt5BlockingClient client5(String listener) {
    return client5(listener, "");
  }

  private Mqtt5BlockingClient client5(String listener, String id) {
    return MqttClient.builder()
        .useMqttVersion5()
        .identifier(id)
        .serverHost("127.0.0.1")
        .serverPort(gateway.gateway().endpoints().port(listener))
        .buildBlocking();
  }
}
