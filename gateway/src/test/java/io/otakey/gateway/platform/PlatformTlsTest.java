package io.otakey.gateway.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.MosquittoNode;
import io.otakey.gateway.platform.mosquitto.MosquittoKind;
import io.otakey.gateway.platform.rest.RestKind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PfxOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connectors speak to the platform that its certificate names, and say nothing to another. */
class PlatformTlsTest {
  private static final String STORE_PASSWORD = "test-only";
  private static final String TEMPLATE =
      "{\"headers\":{\"Authorization\":\"Basic ${basic}\"},"
          + "\"prepare\":[{\"method\":\"PUT\",\"path\":\"/a\"}],"
          + "\"retire\":[{\"method\":\"PUT\",\"path\":\"/a\"}],"
          + "\"check\":{\"method\":\"GET\",\"path\":\"/a\"}}";

  private final Vertx vertx = Vertx.vertx();
  @TempDir private Path folder;

  /** TLS before what speaks without, and how many bytes came through it. */
  private record Front(int port, AtomicInteger heard) {}

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  @Test
  void mosquitto() throws Exception {
    try (MosquittoNode broker = MosquittoNode.start(Files.createDirectory(folder.resolve("m")))) {
      speaksToWhomTheCertificateNames(
          new MosquittoKind(),
          "mqtts",
          broker.mqttPort(),
          Map.of("user", MosquittoNode.USER),
          Map.of("password", MosquittoNode.PASSWORD));
    }
  }

  @Test
  void rest() throws Exception {
    int port =
        await(
                vertx
                    .createHttpServer()
                    .requestHandler(request -> request.response().end())
                    .listen(0, "127.0.0.1"))
            .actualPort();
    speaksToWhomTheCertificateNames(
        new RestKind(),
        "https",
        port,
        Map.of("template", TEMPLATE, "user", "gateway"),
        Map.of("password", "test-only"));
  }

  private void speaksToWhomTheCertificateNames(
      ConnectorKind kind,
      String scheme,
      int target,
      Map<String, String> settings,
      Map<String, String> secrets)
      throws Exception {
    KeyStore named = selfSigned("localhost");
    KeyStore other = selfSigned("broker.example.com");
    Front right = front("localhost", target);
    Map<String, String> trusting = new HashMap<>(settings);
    trusting.put("url", scheme + "://localhost:" + right.port());
    trusting.put("ca", pem(named));
    check(kind, trusting, secrets);
    assertThat(right.heard().get()).isPositive();

    Front wrong = front("broker.example.com", target);
    Map<String, String> misnamed = new HashMap<>(trusting);
    misnamed.put("url", scheme + "://localhost:" + wrong.port());
    misnamed.put("ca", pem(other));
    Map<String, String> unknown = new HashMap<>(misnamed);
    unknown.remove("ca");
    for (Map<String, String> refused : List.of(misnamed, unknown)) {
      assertThatThrownBy(() -> check(kind, refused, secrets)).isInstanceOf(PlatformException.class);
      assertThat(wrong.heard().get()).as("bytes that a wrong platform heard").isZero();
    }
  }

  private void check(ConnectorKind kind, Map<String, String> settings, Map<String, String> secrets)
      throws Exception {
    Settings given = new Settings(settings, secrets);
    assertThat(new Kinds(List.of(kind)).problems(kind.name(), given)).isEmpty();
    PlatformConnector connector = kind.connect(vertx, given);
    try {
      await(connector.check());
    } finally {
      await(connector.close());
    }
  }

  private Front front(String name, int target) throws Exception {
    PfxOptions key = new PfxOptions().setPath(store(name).toString()).setPassword(STORE_PASSWORD);
    NetClient client = vertx.createNetClient();
    NetServer server =
        vertx.createNetServer(new NetServerOptions().setSsl(true).setKeyCertOptions(key));
    AtomicInteger heard = new AtomicInteger();
    server.connectHandler(
        socket -> {
          socket.pause();
          client.connect(target, "127.0.0.1").onSuccess(plain -> join(socket, plain, heard));
        });
    return new Front(await(server.listen(0, "127.0.0.1")).actualPort(), heard);
  }

  private static void join(NetSocket socket, NetSocket plain, AtomicInteger heard) {
    socket.handler(
        bytes -> {
          heard.addAndGet(bytes.length());
          plain.write(bytes);
        });
    plain.handler(socket::write);
    socket.closeHandler(closed -> plain.close());
    plain.closeHandler(closed -> socket.close());
    socket.resume();
  }

  private Path store(String name) {
    return folder.resolve(name + ".p12");
  }

  private KeyStore selfSigned(String name) throws Exception {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "front",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=dns:" + name,
                "-storepass",
                STORE_PASSWORD,
                "-keystore",
                store(name).toString())
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    return KeyStore.getInstance(store(name).toFile(), STORE_PASSWORD.toCharArray());
  }

  private static String pem(KeyStore store) throws Exception {
    byte[] der = store.getCertificate("front").getEncoded();
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(30, TimeUnit.SECONDS);
  }
}
