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
import com.hivemq.client.mqtt.mqtt3.message.connect.connack.Mqtt3ConnAckReturnCode;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.wire.LoginName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Devices on a real RabbitMQ that asks the gateway about every login. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RabbitMqTest {
  private static final String OWN = PRODUCT + ".Unit%3A1.a";

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
    refused(first, OWN);

    var devices = gateway.gateway().behind().administration();
    TestDevice.Held moved = move(device, first, cloud);
    Mqtt3BlockingClient session = connected(moved, OWN);
    speaks(session);
    gateway.commit(device, moved);

    TestDevice.Held next = gateway.rotate(device, moved);
    speaks(session);
    Mqtt3BlockingClient verifying = connected(next, OWN);
    speaks(verifying);
    awaitEnd(session); // one client id has one session
    gateway.commit(device, next);
    refused(moved, OWN);
    speaks(verifying);

    assertThatThrownBy(() -> publish(verifying, "devices/" + PRODUCT + "/another/up"))
        .isInstanceOf(Exception.class);
    await(devices.act(TESTER, OperatorAction.BLOCK, next.key().ref()));
    refused(next, OWN);
    await(devices.act(TESTER, OperatorAction.UNBLOCK, next.key().ref()));
    connected(next, OWN).disconnect();
  }

  @Test
  void nobodyTakesOverAnothersSession() throws Exception {
    int cloud = gateway.connection("cloud", "127.0.0.1", rabbit.mqttPort());
    TestDevice.Held victim = on(cloud, "v.1");
    TestDevice.Held thief = on(cloud, "v:1");
    Mqtt3BlockingClient session = connected(victim, PRODUCT + ".v.1");
    speaks(session, "v%2E1");
    refused(thief, PRODUCT + ".v.1");
    refused(thief, "v:1");
    speaks(session, "v%2E1");
    Mqtt3BlockingClient own = connected(thief, PRODUCT + ".v%3A1");
    speaks(own, "v:1");
    speaks(session, "v%2E1");
    own.disconnect();
    session.disconnect();
  }

  @Test
  void aConnectionWithAClientIdOfItsOwn_works() throws Exception {
    int bay = gateway.connection("cloud", "127.0.0.1", rabbit.mqttPort(), Optional.of("bay 7.%3A"));
    TestDevice.Held held = on(bay, "b1");
    Mqtt3BlockingClient session = connected(held, "bay 7.%3A");
    speaks(session, "b1");
    refused(held, PRODUCT + ".b1");
    session.disconnect();
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void withoutTheGateway_loginsAreRefusedAsForAWrongSecret_andSessionsStay() throws Exception {
    int cloud = gateway.connection("cloud", "127.0.0.1", rabbit.mqttPort());
    TestDevice.Held held = on(cloud, "o1");
    Mqtt3BlockingClient session = connected(held, PRODUCT + ".o1");
    speaks(session, "o1");
    gateway.close();
    assertThatThrownBy(() -> client(held, "another").connect())
        .isInstanceOfSatisfying(
            Mqtt3ConnAckException.class,
            refused ->
                assertThat(refused.getMqttMessage().getReturnCode())
                    .isEqualTo(Mqtt3ConnAckReturnCode.BAD_USER_NAME_OR_PASSWORD));
    assertThat(session.getState().isConnected()).isTrue();
    session.disconnect();
  }

  private TestDevice.Held on(int connection, String id) throws Exception {
    TestDevice device = gateway.device(id);
    TestDevice.Held held = move(device, gateway.enroll(device), connection);
    gateway.commit(device, held);
    return held;
  }

  private TestDevice.Held move(TestDevice device, TestDevice.Held held, int connection)
      throws Exception {
    gateway.want(held.key().ref().deviceId(), new Wish.Move(connection));
    return gateway.rotate(device, held);
  }

  private Mqtt3BlockingClient client(TestDevice.Held held, String clientId) {
    return MqttClient.builder()
        .useMqttVersion3()
        .identifier(clientId)
        .serverHost("127.0.0.1")
        .serverPort(rabbit.mqttPort())
        .simpleAuth()
        .username(new LoginName(held.key().ref(), held.key().token()).toString())
        .password(held.frameKey().platformSecret("cloud").getBytes(StandardCharsets.UTF_8))
        .applySimpleAuth()
        .buildBlocking();
  }

  private Mqtt3BlockingClient connected(TestDevice.Held held, String clientId) {
    Mqtt3BlockingClient client = client(held, clientId);
    client.connect();
    return client;
  }

  private void refused(TestDevice.Held held, String clientId) {
    assertThatThrownBy(() -> client(held, clientId).connect())
        .isInstanceOf(Mqtt3ConnAckException.class);
  }

  private static void speaks(Mqtt3BlockingClient client) throws Exception {
    speaks(client, "Unit:1%2Ea");
  }

  private static void awaitEnd(Mqtt3BlockingClient client) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (client.getState().isConnected()) {
      assertThat(System.nanoTime()).as("the session ends").isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** Publishes on the device's own branch and hears it. */
  private static void speaks(Mqtt3BlockingClient client, String branch) throws Exception {
    String topic = "devices/" + PRODUCT + "/" + branch + "/up";
    for (MqttQos qos : List.of(MqttQos.AT_MOST_ONCE, MqttQos.AT_LEAST_ONCE)) { // a queue for each
      try (Mqtt3BlockingClient.Mqtt3Publishes heard =
          client.publishes(MqttGlobalPublishFilter.ALL)) {
        client.subscribeWith().topicFilter(topic).qos(qos).send();
        publish(client, topic);
        assertThat(heard.receive(20, TimeUnit.SECONDS)).isPresent();
      }
    }
  }

  private static void publish(Mqtt3BlockingClient client, String topic) {
    client.publishWith().topic(topic).qos(MqttQos.AT_LEAST_ONCE).payload(new byte[] {1}).send();
  }
}
