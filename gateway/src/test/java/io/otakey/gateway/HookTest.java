package io.otakey.gateway;

import static io.otakey.gateway.TestGateway.PRODUCT;
import static io.otakey.gateway.TestGateway.TESTER;
import static io.otakey.gateway.TestGateway.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.LoginName;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Platforms ask the gateway about logins: exactly the keys that hold are allowed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HookTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private TestGateway gateway;
  private int cloud;
  private int other;

  @BeforeAll
  void start(@TempDir Path folder) {
    Map<String, String> settings = Map.of("OTAKEY_HOOK_ENABLED", "true", "OTAKEY_HOOK_PORT", "0");
    gateway = TestGateway.start(folder, settings).withOpenProduct();
    cloud = gateway.connection("cloud", "cloud.example", 1883);
    other = gateway.connection("other", "other.example", 1883);
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void eachKeyOfADevice_isAllowedFromItsGrantUntilItsSuccessorIsConfirmed() throws Exception {
    TestDevice device = gateway.device("h1");
    TestDevice.Held first = gateway.enroll(device);
    assertThat(login(first, "cloud")).as("on no platform yet").isEqualTo("deny");
    TestDevice.Held moved = move(device, first, cloud);
    assertThat(login(moved, "cloud")).as("granted").isEqualTo("allow");
    assertThat(login(moved, "other")).isEqualTo("deny");
    gateway.commit(device, moved);
    assertThat(login(moved, "cloud")).as("confirmed").isEqualTo("allow");
    assertThat(login(first, "cloud")).isEqualTo("deny");

    TestDevice.Held next = gateway.rotate(device, moved);
    assertThat(login(next, "cloud")).as("two epochs side by side").isEqualTo("allow");
    assertThat(login(moved, "cloud")).isEqualTo("allow");
    gateway.commit(device, next);
    assertThat(login(next, "cloud")).isEqualTo("allow");
    assertThat(login(moved, "cloud")).as("there is no way back").isEqualTo("deny");
  }

  @Test
  void duringAMove_bothPlatformsAllowTheirOwn_andAfterwardsOneDoes() throws Exception {
    TestDevice device = gateway.device("h2");
    TestDevice.Held here = move(device, gateway.enroll(device), cloud);
    gateway.commit(device, here);
    TestDevice.Held there = move(device, here, other);
    assertThat(login(here, "cloud")).isEqualTo("allow");
    assertThat(login(there, "other")).isEqualTo("allow");
    assertThat(login(here, "other")).isEqualTo("deny");
    assertThat(login(there, "cloud")).isEqualTo("deny");
    gateway.commit(device, there);
    assertThat(login(here, "cloud")).isEqualTo("deny");
    assertThat(login(there, "other")).isEqualTo("allow");
  }

  @Test
  void anAbandonedKeyAndABarredDevice_areRefused() throws Exception {
    TestDevice device = gateway.device("h3");
    TestDevice.Held here = move(device, gateway.enroll(device), cloud);
    gateway.commit(device, here);
    TestDevice.Held given = gateway.rotate(device, here);
    gateway.ask(here, device.abandon(here, given.key().token()));
    assertThat(login(given, "cloud")).isEqualTo("deny");
    assertThat(login(here, "cloud")).isEqualTo("allow");
    var devices = gateway.gateway().behind().administration();
    DeviceRef ref = here.key().ref();
    await(devices.act(TESTER, OperatorAction.BLOCK, ref));
    assertThat(login(here, "cloud")).isEqualTo("deny");
    await(devices.act(TESTER, OperatorAction.UNBLOCK, ref));
    assertThat(login(here, "cloud")).isEqualTo("allow");
  }

  @Test
  void wrongSecretsAndNames_areRefused() throws Exception {
    TestDevice device = gateway.device("h4");
    TestDevice.Held held = move(device, gateway.enroll(device), cloud);
    gateway.commit(device, held);
    String name = name(held);
    String secret = held.frameKey().platformSecret("cloud");
    String wrong = (secret.charAt(0) == 'A' ? 'B' : 'A') + secret.substring(1);
    for (String bad : List.of("", wrong, secret.substring(1), secret + "A")) {
      assertThat(rabbit("user", Map.of("username", name, "password", bad)).body())
          .isEqualTo("deny");
    }
    for (String bad : List.of("", "guest", name.replace("h4", "h5"), "absent" + name)) {
      assertThat(rabbit("user", Map.of("username", bad, "password", secret)).body())
          .isEqualTo("deny");
    }
    assertThat(rabbit("user", Map.of("username", name)).body()).isEqualTo("deny");
  }

  @Test
  void topics_areTheDevicesOwnBranch() throws Exception {
    String token = "01020001000000000011223344556677".substring(0, 30);
    String name = "lamp.Unit%3A1.a." + token;
    assertThat(topic(name, "devices.lamp.Unit:1%2Ea.up")).isEqualTo("allow");
    assertThat(topic(name, "devices.lamp.Unit:1%2Ea.#")).isEqualTo("allow");
    assertThat(topic(name, "devices.lamp.Unit:1%2Ea.")).isEqualTo("deny");
    assertThat(topic(name, "devices.lamp.Unit:1%2Eab.up")).isEqualTo("deny");
    assertThat(topic(name, "devices.lamp.*.up")).isEqualTo("deny");
    assertThat(topic(name, "devices.lamp.Unit:1.a.up")).as("device Unit:1's").isEqualTo("deny");
    assertThat(topic(name, "#")).isEqualTo("deny");
    assertThat(topic("lamp", "devices.lamp.a.up")).isEqualTo("deny");
    assertThat(rabbit("vhost", Map.of("username", name, "vhost", "/")).body()).isEqualTo("allow");
  }

  @Test
  void queues_areThoseOfTheDevicesOwnClientId_whateverTheBrokerSaysItIs() throws Exception {
    TestDevice device = gateway.device("Unit:1.a");
    TestDevice.Held held = move(device, gateway.enroll(device), cloud);
    gateway.commit(device, held);
    String own = "mqtt-subscription-" + PRODUCT + ".Unit%3A1.a";
    assertThat(resource(held, "queue", own + "qos1")).isEqualTo("allow");
    assertThat(resource(held, "queue", own + "qos0")).isEqualTo("allow");
    assertThat(resource(held, "queue", own + "qos2")).isEqualTo("deny");
    assertThat(resource(held, "queue", own)).isEqualTo("deny");
    assertThat(resource(held, "queue", "mqtt-subscription-cqos1")).isEqualTo("deny");
    assertThat(resource(held, "queue", own + "bqos1")).isEqualTo("deny");
    assertThat(resource(held, "queue", "x" + own + "qos1")).isEqualTo("deny");
    assertThat(resource(held, "queue", "mqtt-subscription-" + PRODUCT + ".Unit:1.aqos1"))
        .isEqualTo("deny");
    assertThat(resource(held, "exchange", "amq.topic")).isEqualTo("allow");
    assertThat(resource(held, "exchange", "amq.direct")).isEqualTo("deny");
  }

  @Test
  void aClientIdThatIsNotTheDevicesOwn_isRefused_whereTheBrokerTellsIt() throws Exception {
    TestDevice device = gateway.device("h7");
    TestDevice.Held held = move(device, gateway.enroll(device), cloud);
    gateway.commit(device, held);
    String own = PRODUCT + ".h7";
    double before = count("other_client");
    assertThat(login(held, "cloud", Map.of("client_id", own))).isEqualTo("allow");
    assertThat(login(held, "cloud", Map.of("client_id", PRODUCT + ".h6"))).isEqualTo("deny");
    assertThat(login(held, "cloud", Map.of("client_id", "h7"))).isEqualTo("deny");
    assertThat(login(held, "cloud", Map.of())).as("not told").isEqualTo("allow");
    assertThat(count("other_client") - before).isEqualTo(2);
    String json = "{\"username\":\"%s\",\"password\":\"%s\",\"clientid\":\"%s\"}";
    String secret = held.frameKey().platformSecret("cloud");
    String other = String.format(json, name(held), secret, "h6");
    assertThat(ask("emqx/authn", "application/json", other).body()).contains("\"deny\"");
    assertThat(ask("mosquitto/user", "application/json", other).statusCode()).isEqualTo(403);
    String wrong = String.format(json, name(held), "x", own);
    assertThat(ask("mosquitto/user", "application/json", wrong).statusCode()).isEqualTo(403);
    assertThat(count("other_client") - before).as("with right secrets only").isEqualTo(4);
  }

  @Test
  void aConnectionsOwnClientId_isTheDevices() throws Exception {
    int bay = gateway.connection("cloud", "cloud.example", 1883, Optional.of("bay-7"));
    TestDevice device = gateway.device("h8");
    TestDevice.Held held = move(device, gateway.enroll(device), bay);
    assertThat(login(held, "cloud", Map.of("client_id", "bay-7"))).as("granted").isEqualTo("allow");
    gateway.commit(device, held);
    assertThat(login(held, "cloud", Map.of("client_id", "bay-7"))).isEqualTo("allow");
    assertThat(login(held, "cloud", Map.of("client_id", PRODUCT + ".h8"))).isEqualTo("deny");
    assertThat(resource(held, "queue", "mqtt-subscription-bay-7qos1")).isEqualTo("allow");
    assertThat(resource(held, "queue", "mqtt-subscription-bay-8qos1")).isEqualTo("deny");
    assertThat(rabbit("resource", queue("nobody", "mqtt-subscription-bay-7qos1")).body())
        .isEqualTo("deny");
  }

  @Test
  void aDeviceWhoseDefaultNameIsTooLong_cannotLogIn() throws Exception {
    TestDevice device = gateway.device("d".repeat(60));
    TestDevice.Held held = move(device, gateway.enroll(device), cloud);
    gateway.commit(device, held);
    assertThat(login(held, "cloud", Map.of())).isEqualTo("deny");
  }

  @Test
  void otherBrokers_areAnsweredInTheirWords() throws Exception {
    TestDevice device = gateway.device("h6");
    TestDevice.Held held = move(device, gateway.enroll(device), cloud);
    gateway.commit(device, held);
    String secret = held.frameKey().platformSecret("cloud");
    String json = "{\"username\":\"" + name(held) + "\",\"password\":\"%s\"}";
    String right = String.format(json, secret);
    HttpResponse<String> emqx = ask("emqx/authn", "application/json", right);
    assertThat(emqx.body()).isEqualTo("{\"result\":\"allow\",\"is_superuser\":false}");
    assertThat(emqx.headers().firstValue("content-type")).contains("application/json");
    assertThat(ask("emqx/authn", "application/json", String.format(json, "x")).body())
        .contains("\"deny\"");
    String acl = "{\"username\":\"" + name(held) + "\",\"topic\":\"%s\",\"action\":\"publish\"}";
    String own = "devices/" + PRODUCT + "/h6/up";
    assertThat(ask("emqx/authz", "application/json", String.format(acl, own)).body())
        .contains("\"allow\"");
    assertThat(ask("emqx/authz", "application/json", String.format(acl, "x")).body())
        .contains("\"deny\"");
    assertThat(ask("mosquitto/user", "application/json", right).statusCode()).isEqualTo(200);
    assertThat(ask("mosquitto/user", "application/json", String.format(json, "x")).statusCode())
        .isEqualTo(403);
    assertThat(ask("mosquitto/superuser", "application/json", right).statusCode()).isEqualTo(403);
    assertThat(ask("mosquitto/acl", "application/json", String.format(acl, own)).statusCode())
        .isEqualTo(200);
  }

  @Test
  void badQuestions_areNamed() throws Exception {
    assertThat(ask("rabbitmq/what", "text/plain", "").statusCode()).isEqualTo(400);
    assertThat(ask("emqx/authn", "application/json", "{").statusCode()).isEqualTo(400);
    assertThat(ask("vernemq/x", "text/plain", "").statusCode()).isEqualTo(404);
    assertThat(ask("rabbitmq/user", "text/plain", "x".repeat(9000)).statusCode()).isEqualTo(413);
    HttpRequest get = HttpRequest.newBuilder(uri("rabbitmq/user?username=a&password=b")).build();
    assertThat(http.send(get, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
  }

  @Test
  void strangers_mayNotAsk(@TempDir Path folder) {
    Map<String, String> settings =
        Map.of(
            "OTAKEY_HOOK_ENABLED", "true",
            "OTAKEY_HOOK_PORT", "0",
            "OTAKEY_HOOK_PLATFORMS", "192.0.2.0/24");
    try (TestGateway strict = TestGateway.start(folder, settings)) {
      int port = strict.gateway().endpoints().port("hook");
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/cloud/rabbitmq/vhost"))
              .POST(HttpRequest.BodyPublishers.ofString("username=a"))
              .build();
      assertThatThrownBy(() -> http.send(request, HttpResponse.BodyHandlers.ofString()))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aCrowd_isTurnedAway_andWhoeverIsSilentIsClosed(@TempDir Path folder) throws Exception {
    Map<String, String> settings =
        Map.of(
            "OTAKEY_HOOK_ENABLED", "true",
            "OTAKEY_HOOK_PORT", "0",
            "OTAKEY_HOOK_MAXCONNECTIONS", "2",
            "OTAKEY_HOOK_IDLESECONDS", "2");
    List<Socket> crowd = new ArrayList<>();
    try (TestGateway small = TestGateway.start(folder, settings)) {
      int port = small.gateway().endpoints().port("hook");
      while (sample(small, "otakey_resource_refused_total", "resource", "hook_connections") < 1) {
        assertThat(crowd).as("none is turned away").hasSizeLessThan(100);
        crowd.add(new Socket("127.0.0.1", port));
      }
      assertThat(sample(small, "otakey_resource_limit", "resource", "hook_connections"))
          .isEqualTo(2);
      for (Socket silent : crowd) {
        silent.setSoTimeout(60_000);
        assertThat(silent.getInputStream().read()).as("closed by the gateway").isEqualTo(-1);
      }
      URI question = URI.create("http://127.0.0.1:" + port + "/cloud/rabbitmq/vhost");
      String form = form(Map.of("username", "a", "vhost", "/"));
      assertThat(post(question, "application/x-www-form-urlencoded", form).statusCode())
          .isEqualTo(200);
    } finally {
      for (Socket socket : crowd) {
        socket.close();
      }
    }
  }

  private TestDevice.Held move(TestDevice device, TestDevice.Held held, int connection)
      throws Exception {
    gateway.want(held.key().ref().deviceId(), new Wish.Move(connection));
    return gateway.rotate(device, held);
  }

  private static String name(TestDevice.Held held) {
    return new LoginName(held.key().ref(), held.key().token()).toString();
  }

  private String login(TestDevice.Held held, String platform) throws Exception {
    String own = PRODUCT + "." + held.key().ref().deviceId();
    return login(held, platform, Map.of("client_id", own));
  }

  private String login(TestDevice.Held held, String platform, Map<String, String> more)
      throws Exception {
    Map<String, String> fields = new HashMap<>(more);
    fields.put("username", name(held));
    fields.put("password", held.frameKey().platformSecret(platform));
    fields.put("vhost", "/");
    URI uri = URI.create(uri("").toString().replace("/cloud/", "/" + platform + "/rabbitmq/user"));
    return post(uri, "application/x-www-form-urlencoded", form(fields)).body();
  }

  private double count(String outcome) throws Exception {
    return sample(gateway, "otakey_platform_logins_total", "outcome", outcome);
  }

  private double sample(TestGateway node, String name, String label, String value)
      throws Exception {
    int admin = node.gateway().endpoints().port("admin");
    URI metrics = URI.create("http://127.0.0.1:" + admin + "/metrics");
    HttpResponse<String> answer =
        http.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString());
    return Exposition.parse(answer.body()).samples().stream()
        .filter(sample -> sample.name().equals(name))
        .filter(sample -> value.equals(sample.labels().get(label)))
        .mapToDouble(Exposition.Sample::value)
        .findFirst()
        .orElseThrow();
  }

  private String topic(String name, String routingKey) throws Exception {
    return rabbit(
            "topic", Map.of("username", name, "permission", "write", "routing_key", routingKey))
        .body();
  }

  private String resource(TestDevice.Held held, String kind, String name) throws Exception {
    Map<String, String> fields = new HashMap<>(queue(name(held), name));
    fields.put("resource", kind);
    return rabbit("resource", fields).body();
  }

  private static Map<String, String> queue(String user, String name) {
    return Map.of(
        "username", user,
        "resource", "queue",
        "name", name,
        "permission", "write",
        "client_id", "c");
  }

  private HttpResponse<String> rabbit(String what, Map<String, String> fields) throws Exception {
    return ask("rabbitmq/" + what, "application/x-www-form-urlencoded", form(fields));
  }

  private HttpResponse<String> ask(String path, String type, String body) throws Exception {
    return post(uri(path), type, body);
  }

  private HttpResponse<String> post(URI uri, String type, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    int port = gateway.gateway().endpoints().port("hook");
    return URI.create("http://127.0.0.1:" + port + "/cloud/" + path);
  }

  private static String form(Map<String, String> fields) {
    StringBuilder body = new StringBuilder();
    fields.forEach(
        (name, value) ->
            body.append(body.length() == 0 ? "" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
    return body.toString();
  }
}
