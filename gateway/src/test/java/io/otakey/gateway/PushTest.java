package io.otakey.gateway;

import static io.otakey.gateway.TestGateway.PRODUCT;
import static io.otakey.gateway.TestGateway.TESTER;
import static io.otakey.gateway.TestGateway.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.campaign.Target;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.LabelFilter;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A connected device that is asked for something hears of it at once. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PushTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Wire> wires = new ArrayList<>();
  private Path folder;
  private TestGateway gateway;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    gateway =
        TestGateway.start(folder, Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "50")).withOpenProduct();
  }

  @AfterEach
  void hangUp() {
    wires.forEach(Wire::close);
    wires.clear();
    eventually(() -> present() == 0);
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  /** An MQTT connection. */
  private static final class Wire {
    private final Mqtt3BlockingClient client;
    private final Mqtt3BlockingClient.Mqtt3Publishes arriving;
    private boolean open = true;

    Wire(int port) {
      client =
          MqttClient.builder()
              .useMqttVersion3()
              .identifier("")
              .serverHost("127.0.0.1")
              .serverPort(port)
              .buildBlocking();
      client.connect();
      arriving = client.publishes(MqttGlobalPublishFilter.ALL);
    }

    byte[] exchange(byte[] frame) throws InterruptedException {
      client.publish(
          Mqtt3Publish.builder()
              .topic("otakey/1")
              .qos(MqttQos.AT_LEAST_ONCE)
              .payload(frame)
              .build());
      return next().orElseThrow();
    }

    Optional<byte[]> next() throws InterruptedException {
      return arriving
          .receive(PATIENCE.toSeconds(), TimeUnit.SECONDS)
          .map(Mqtt3Publish::getPayloadAsBytes);
    }

    void close() {
      if (open) {
        open = false;
        client.disconnect();
      }
    }
  }

  @Test
  void aNoticeComesAtOnce_underTheKeyOfTheRow_andItsRotationIsServed() throws Exception {
    TestDevice device = gateway.device("p1");
    TestDevice.Held first = gateway.enroll(device);
    Wire wire = wire();
    assertThat(poll(wire, device, first)).isEqualTo(Action.NONE);
    want("rotate", 0, "p1");
    Answer.Notice notice = pushed(wire, first);
    assertThat(notice.action()).isEqualTo(Action.ROTATE);
    assertThat(notice.epoch()).isEqualTo(1);

    DeviceHandshake rotation = device.rotate(first);
    TestDevice.Held second = device.take(rotation, wire.exchange(rotation.request()));
    byte[] confirm = device.confirm(second);
    TestDevice.checked(second, confirm, wire.exchange(confirm));
    int home = gateway.connection("push-home", "push.example", 1883);
    want("move", home, "p1");
    assertThat(pushed(wire, second).action()).as("by CONFIRM").isEqualTo(Action.ROTATE_AND_MOVE);
  }

  @Test
  void aCampaignTellsItsDevices() throws Exception {
    TestDevice device = gateway.device("c1");
    TestDevice.Held held = gateway.enroll(device);
    Wire wire = wire();
    poll(wire, device, held);
    await(
        gateway
            .gateway()
            .behind()
            .campaigns()
            .create(TESTER, Orders.of(PRODUCT).target(only("c1")).startsItself().make()));
    assertThat(pushed(wire, held).action()).isEqualTo(Action.ROTATE);
  }

  @Test
  void aRepeatedFrame_movesNothing() throws Exception {
    TestDevice device = gateway.device("r1");
    TestDevice.Held held = gateway.enroll(device);
    Wire own = wire();
    byte[] poll = device.poll(held);
    own.exchange(poll);
    Wire stranger = wire();
    TestDevice.checked(held, poll, stranger.exchange(poll));
    want("rotate", 0, "r1");
    pushed(own, held);
    barrier("rotate", stranger, own);
  }

  @Test
  void anEarlierKey_isNotPushedTo() throws Exception {
    TestDevice device = gateway.device("e1");
    TestDevice.Held first = gateway.enroll(device);
    Wire wire = wire();
    poll(wire, device, first);
    TestDevice.Held second = gateway.rotate(device, first);
    gateway.commit(device, second); // over HTTP: its connection here does not know
    double before = pushes("stale");
    want("rotate", 0, "e1");
    eventually(() -> pushes("stale") == before + 1);
    poll(wire, device, second);
    want("rotate", 0, "e1");
    assertThat(pushed(wire, second).epoch()).isEqualTo(2);
  }

  @Test
  void devicesThatShareAConnection_hearAtTheirPoll() throws Exception {
    TestDevice one = gateway.device("s1");
    TestDevice.Held first = gateway.enroll(one);
    TestDevice two = gateway.device("s2");
    TestDevice.Held second = gateway.enroll(two);
    Wire proxy = wire();
    poll(proxy, one, first);
    assertThat(present()).isEqualTo(1);
    poll(proxy, two, second);
    assertThat(present()).isZero();
    want("rotate", 0, "s1", "s2");
    assertThat(poll(proxy, one, first)).isEqualTo(Action.ROTATE);
    assertThat(poll(proxy, two, second)).isEqualTo(Action.ROTATE);
  }

  @Test
  void aBarredDevice_andOneThatHungUp_getNone() throws Exception {
    TestDevice barred = gateway.device("b1");
    TestDevice.Held key = gateway.enroll(barred);
    Wire wire = wire();
    poll(wire, barred, key);
    TestDevice gone = gateway.device("b2");
    TestDevice.Held other = gateway.enroll(gone);
    Wire closing = wire();
    poll(closing, gone, other);
    var devices = gateway.gateway().behind().administration();
    assertThat(await(devices.act(TESTER, OperatorAction.REVOKE, new DeviceRef(PRODUCT, "b1"))))
        .isInstanceOf(DeviceChange.Changed.class);
    closing.close();
    eventually(() -> present() == 1);
    double before = pushes("sent");
    want("rotate", 0, "b1", "b2");
    barrier("rotate", wire);
    assertThat(pushes("sent")).as("of the barrier alone").isEqualTo(before + 1);
  }

  private static Target only(String id) {
    return new Target(
        Set.of(PRODUCT),
        "",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(id),
        100,
        LabelFilter.ALL);
  }

  /** Pushes to a device that came later; whatever was to come to these wires came before. */
  private void barrier(String wish, Wire... silent) throws Exception {
    String id = "barrier" + System.nanoTime();
    TestDevice device = gateway.device(id);
    TestDevice.Held held = gateway.enroll(device);
    Wire wire = wire();
    poll(wire, device, held);
    want(wish, 0, id);
    pushed(wire, held);
    for (Wire other : silent) {
      assertThat(other.arriving.receiveNow()).isEmpty();
    }
  }

  private Wire wire() {
    Wire wire = new Wire(gateway.gateway().endpoints().port("mqtt"));
    wires.add(wire);
    return wire;
  }

  private static Action poll(Wire wire, TestDevice device, TestDevice.Held held)
      throws InterruptedException {
    byte[] poll = device.poll(held);
    return ((Answer.Notice) TestDevice.checked(held, poll, wire.exchange(poll))).action();
  }

  /** What comes next, which is for the device that holds this key. */
  private static Answer.Notice pushed(Wire wire, TestDevice.Held held) throws Exception {
    Answer answer = TestDevice.decode(wire.next().orElseThrow());
    assertThat(held.frameKey().authenticatesPush(answer)).isTrue();
    return (Answer.Notice) answer;
  }

  /** As an operator asks. */
  private void want(String wish, int connection, String... ids)
      throws IOException, InterruptedException {
    String move = connection == 0 ? "" : ",\"connectionId\":" + connection;
    String body =
        "{\"wish\":\""
            + wish
            + "\""
            + move
            + ",\"deviceIds\":[\""
            + String.join("\",\"", ids)
            + "\"]}";
    URI uri =
        URI.create(
            "http://127.0.0.1:"
                + gateway.gateway().endpoints().port("admin")
                + "/products/"
                + PRODUCT
                + "/wanted");
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .header(
                "Authorization",
                "Bearer " + Files.readString(folder.resolve("admin-token")).strip())
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private double pushes(String outcome) {
    return gateway
        .gateway()
        .meters()
        .get(Metric.PUSHES.id())
        .tag("outcome", outcome)
        .counter()
        .count();
  }

  private double present() {
    return gateway.gateway().meters().get(Metric.DEVICES_PRESENT.id()).gauge().value();
  }

  private static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }
}
