package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultException;
import io.otakey.gateway.vault.VaultFile;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.wire.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an operator sees when something is not right at the start, and what the end leaves behind.
 */
class StartAndStopTest {
  @TempDir private Path folder;

  @Test
  void portInUse_isNamedWithTheSettingThatMovesIt() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Map<String, String> settings =
          Map.of("OTAKEY_MQTT_PORT", Integer.toString(taken.getLocalPort()));
      assertThatThrownBy(() -> TestGateway.start(folder, settings))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("mqtt cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .hasMessageContaining("set mqtt.port");
    }
    TestGateway.start(folder, Map.of()).close();
  }

  @Test
  void vaultProblems_stopTheStartWithARemedy() throws IOException {
    Map<String, String> production = Map.of("OTAKEY_MODE", "production");
    assertThatThrownBy(() -> TestGateway.start(folder, production))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("otakey vault init");

    TestGateway.start(folder, Map.of()).close();
    Path vault = folder.resolve("vault.json");
    byte[] right = Files.readAllBytes(vault);
    VaultFile.write(vault, VaultContents.create());
    assertThatThrownBy(() -> TestGateway.start(folder, Map.of()))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("different installations");

    Files.write(vault, right);
    Files.setPosixFilePermissions(vault, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThatThrownBy(() -> TestGateway.start(folder, Map.of()))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void stop_answersWhatWasAccepted() throws Exception {
    TestGateway gateway = TestGateway.start(folder, Map.of()).withOpenProduct();
    ExecutorService clients = Executors.newFixedThreadPool(16);
    List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
    try {
      TestDevice warmUp = gateway.device("warm");
      gateway.post(warmUp.enroll().request());
      for (int i = 0; i < 64; i++) {
        byte[] request = gateway.device("stop-" + i).enroll().request();
        answers.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return gateway.post(request);
                  } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                },
                clients));
      }
      CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
      gateway.close();
      int granted = 0;
      for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
        HttpResponse<byte[]> response = answer.exceptionally(e -> null).get(30, TimeUnit.SECONDS);
        if (response != null && response.statusCode() == 200) {
          assertThat(TestDevice.decode(response.body())).isInstanceOf(Answer.Grant.class);
          granted++;
        }
      }
      assertThat(granted).isPositive();
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void restart_keepsWhatWasAcknowledged() throws Exception {
    TestDevice.Held held;
    TestDevice device;
    try (TestGateway gateway = TestGateway.start(folder, Map.of()).withOpenProduct()) {
      device = gateway.device("kept");
      DeviceHandshake handshake = device.enroll();
      held = device.take(handshake, gateway.post(handshake.request()).body());
      assertThat(gateway.post(device.confirm(held)).statusCode()).isEqualTo(200);
    }
    try (TestGateway gateway = TestGateway.start(folder, Map.of())) {
      byte[] poll = device.poll(held);
      Answer answer = TestDevice.checked(held, poll, gateway.post(poll).body());
      assertThat(answer).isInstanceOf(Answer.Notice.class);
    }
  }

  @Test
  void certificate_isRenewedWithoutARestart() throws Exception {
    try (TestGateway gateway = TestGateway.start(folder, Map.of())) {
      Path other = Files.createDirectory(folder.resolve("other"));
      for (String listener : List.of("mqtts", "https")) {
        X509Certificate shown = certificate(gateway.gateway().endpoints().port(listener));
        assertThat(shown.getSubjectX500Principal().getName()).contains("CN=localhost");
      }
      X509Certificate before = certificate(gateway.gateway().endpoints().port("https"));
      try (TestGateway second =
          TestGateway.start(other, Map.of("OTAKEY_DATABASE_DATADIRECTORY", other + "/db"))) {
        assertThat(second.gateway().endpoints().port("https")).isPositive();
      }
      for (String name : List.of("development-key.pem", "development-certificate.pem")) {
        Files.write(folder.resolve(name), Files.readAllBytes(other.resolve(name)));
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      for (String listener : List.of("mqtts", "https")) {
        int port = gateway.gateway().endpoints().port(listener);
        while (certificate(port).equals(before)) {
          assertThat(System.nanoTime()).as("renewed in time").isLessThan(deadline);
          TimeUnit.MILLISECONDS.sleep(100);
        }
      }
    }
  }

  private static X509Certificate certificate(int port) throws Exception {
    SSLContext context = TestAuthority.client(Optional.empty());
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }
}
