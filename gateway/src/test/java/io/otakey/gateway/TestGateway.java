package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.config.ConfigReader;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.ProductChange;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.Wish;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A whole gateway on free ports with a database of its own, in this process. */
final class TestGateway implements AutoCloseable {
  static final Actor TESTER = new Actor("tester", "127.0.0.1");
  static final String PRODUCT = "thermo";

  private final Gateway gateway;
  private final Vault vault;
  private final HttpClient http = HttpClient.newHttpClient();

  private TestGateway(Gateway gateway, Vault vault) {
    this.gateway = gateway;
    this.vault = vault;
  }

  /** Starts a node with an open product; settings go over the defaults, as OTAKEY_ variables. */
  static TestGateway start(Path folder, Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("OTAKEY_DATA", folder.toString());
    environment.put("OTAKEY_DATABASE_PROGRAMS", "target/postgres-programs");
    for (String listener : new String[] {"MQTT", "MQTTS", "HTTP", "HTTPS", "ADMIN"}) {
      environment.put("OTAKEY_" + listener + "_PORT", "0");
      environment.put("OTAKEY_" + listener + "_HOST", "127.0.0.1");
    }
    environment.putAll(settings);
    Gateway gateway = Gateway.start(ConfigReader.read(Optional.empty(), environment).config());
    VaultConfig file = new VaultConfig(folder.resolve("vault.json"), Optional.empty(), false);
    Vault vault = Vault.open(file, TestDevice.CURVE).vault();
    return new TestGateway(gateway, vault);
  }

  TestGateway withOpenProduct() {
    EnrollmentPolicy open = EnrollmentPolicy.DEFAULT.withAllowList(false);
    await(
        gateway
            .behind()
            .products()
            .create(TESTER, PRODUCT, new ProductSettings("Thermometer", open, 0)));
    ProductChange change =
        await(
            gateway
                .behind()
                .products()
                .addKey(TESTER, PRODUCT, OptionalInt.empty(), vault.newSource()));
    if (!(change instanceof ProductChange.Changed)) {
      throw new AssertionError(change);
    }
    await(gateway.behind().products().refresh());
    return this;
  }

  Gateway gateway() {
    return gateway;
  }

  Vault vault() {
    return vault;
  }

  /** The product's key, for firmware and for whoever extracts it. */
  Secret productKey() {
    byte[] source =
        gateway.behind().products().product(PRODUCT).orElseThrow().key(1).orElseThrow().source();
    return vault.productKey(PRODUCT, 1, source).orElseThrow().secret().copy();
  }

  /** A key that a device holds or held, for whoever stole it. */
  TestDevice.Held held(KeyRef key) {
    int secret = GrantToken.decode(key.token()).orElseThrow().allocationSecretId();
    Secret stolen = vault.allocation(secret, PRODUCT).orElseThrow().deviceKey(key);
    GrantPayload grant =
        new GrantPayload(
            key.epoch(),
            stolen,
            key.token(),
            new GrantPayload.Offer.Unchanged(),
            0,
            OptionalLong.empty());
    return new TestDevice.Held(key, new FrameKey(stolen), grant);
  }

  TestDevice device(String id) {
    return new TestDevice(new DeviceRef(PRODUCT, id), 1, productKey(), vault.gatewayKeys().get(0));
  }

  /** One frame over HTTP. */
  HttpResponse<byte[]> post(byte[] frame) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + gateway.endpoints().port("http") + "/otakey/1"))
            .header("Content-Type", "application/vnd.otakey")
            .POST(HttpRequest.BodyPublishers.ofByteArray(frame))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  /** Enrolled and confirmed. */
  TestDevice.Held enroll(TestDevice device) throws IOException, InterruptedException {
    DeviceHandshake handshake = device.enroll();
    HttpResponse<byte[]> response = post(handshake.request());
    assertThat(response.statusCode()).isEqualTo(200);
    TestDevice.Held held = device.take(handshake, response.body());
    commit(device, held);
    return held;
  }

  /** Granted another key, which is not confirmed. */
  TestDevice.Held rotate(TestDevice device, TestDevice.Held held)
      throws IOException, InterruptedException {
    DeviceHandshake handshake = device.rotate(held);
    return device.take(handshake, post(handshake.request()).body());
  }

  /** Confirms a key that was not confirmed before. */
  void commit(TestDevice device, TestDevice.Held held) throws IOException, InterruptedException {
    Answer answer = ask(held, device.confirm(held));
    assertThat(((Answer.Ack) answer).status()).isEqualTo(Answer.AckStatus.COMMITTED);
  }

  /** The answer to a request under this key, its mac checked. */
  Answer ask(TestDevice.Held held, byte[] request) throws IOException, InterruptedException {
    return TestDevice.checked(held, request, post(request).body());
  }

  /** Stores a connection to a platform; its id. */
  int connection(String platform, String host, int port) {
    return connection(platform, host, port, Optional.empty());
  }

  /** As {@link #connection(String, String, int)}, with a client id of its own. */
  int connection(String platform, String host, int port, Optional<String> clientId) {
    Connection stored =
        new Connection(
            platform,
            "mqtt",
            host,
            port,
            clientId,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    int id = await(gateway.behind().connections().create(TESTER, stored)).id();
    await(gateway.behind().products().refresh());
    return id;
  }

  /** An active device is to do this at its next POLL. */
  void want(String deviceId, Wish wish) {
    assertThat(
            await(gateway.behind().administration().want(TESTER, wish, PRODUCT, List.of(deviceId))))
        .extracting(device -> device.ref().deviceId())
        .containsExactly(deviceId);
  }

  static <T> T await(io.vertx.core.Future<T> future) {
    return Waiting.forResult(future);
  }

  @Override
  public void close() {
    gateway.close();
  }
}
