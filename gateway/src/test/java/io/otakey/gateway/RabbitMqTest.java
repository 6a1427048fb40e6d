package io.otakey.gateway;

import static io.otakey.gateway.TestGateway.PRODUCT;
import static io.otakey.gateway.TestGateway.TESTER;
import static io.otakey.gateway.TestGateway.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.wire.LoginName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Devices on a real RabbitMQ that asks the gateway about every login. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RabbitMqTest {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private TestGateway gateway;
  private RabbitNode rabbit;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path broker) throws Exception {
    Map<String, String> settings = Map.of("OTAKEY_HOOK_ENABLED", "true", "OTAKEY_HOOK_PORT", "0");
    gateway = TestGateway.start(data, settings).withOpenProduct();
    open.push(gateway);
    rabbit = RabbitNode.start(broker, gateway.gateway().endpoints().port("hook"), "cloud");
    open.push(rabbit);
  }

  @AfterAll
  void stop() throws Exception {
    for (AutoCloseable part : open) {
      part.close();
    }
  }

  @Test
  void aDeviceIsNeverWithoutALoginThatWorks_andNoOldOneWorks() throws Exception {
    int cloud = gateway.connection("cloud", "127.0.0.1", rabbit.mqttPort());
    TestDevice device = gateway.device("Unit:1.a");
    TestDevice.Held first = gateway.enroll(device);
    refused(first);

    var devices = gateway.gateway().behind().administration();
    gateway.want("Unit:1.a", new Wish.Move(cloud));
    TestDevice.Held moved = gateway.rotate(device, first);
    Mqtt3BlockingClient session = connected(moved);
    speaks(session);
    gateway.commit(device, moved);

    TestDevice.Held next = gateway.rotate(device, moved);
    Mqtt3BlockingClient verifying = connected(next);
    speaks(session);
    speaks(verifying);
    gateway.commit(device, next);
    refused(moved);
    speaks(verifying);

    assertThatThrownBy(() -> publish(verifying, "devices/" + PRODUCT + "/another/up"))
        .isInstanceOf(Exception.class);
    await(devices.act(TESTER, OperatorAction.BLOCK, next.key().ref()));
    refused(next);
    await(devices.act(TESTER, OperatorAction.UNBLOCK, next.key().ref()));
    connected(next).disconnect();
    session.disconnect();
  }

  private Mqtt3BlockingClient client(TestDevice.Held held) {
    return MqttClient.builder()
        .useMqttVersion3()
        .identifier("c" + held.key().epoch() + System.nanoTime())
        .serverHost("127.0.0.1")
        .serverPort(rabbit.mqttPort())
        .simpleAuth()
        .username(new LoginName(held.key().ref(), held.key().token()).toString())
        .password(held.frameKey().platformSecret("cloud").getBytes(StandardCharsets.UTF_8))
        .applySimpleAuth()
        .buildBlocking();
  }

  private Mqtt3BlockingClient connected(TestDevice.Held held) {
    Mqtt3BlockingClient client = client(held);
    client.connect();
    return client;
  }

  private void refused(TestDevice.Held held) {
    assertThatThrownBy(() -> client(held).connect()).isInstanceOf(Mqtt3ConnAckException.class);
  }

  /** Publishes on the device's own branch and hears it. */
  private static void speaks(Mqtt3BlockingClient client) throws Exception {
    String topic = "devices/" + PRODUCT + "/Unit:1%2Ea/up";
    try (Mqtt3BlockingClient.Mqtt3Publishes heard = client.publishes(MqttGlobalPublishFilter.ALL)) {
      client.subscribeWith().topicFilter(topic).qos(MqttQos.AT_LEAST_ONCE).send();
      publish(client, topic);
      assertThat(heard.receive(20, TimeUnit.SECONDS)).isPresent();
    }
  }

  private static void publish(Mqtt3BlockingClient client, String topic) {
    client.publishWith().topic(topic).qos(MqttQos.AT_LEAST_ONCE).payload(new byte[] {1}).send();
  }
}
