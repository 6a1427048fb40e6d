package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.gateway.registry.Wish;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever reads the disk of a node with its database, but for the vault's file, finds no secret:
 * every byte of tables, write-ahead log, logs, journal and memory is looked at.
 */
class DiskSecrecyTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What an operator keeps apart, and the first token, which is for whoever installs. */
  private static final Set<String> KEPT_APART = Set.of("vault.json", "admin-token");

  private final Needles needles = new Needles();

  @Test
  void noSecret_isOnTheDisk_butInTheVaultsFile(@TempDir Path folder) throws Exception {
    TestGateway gateway = TestGateway.start(folder, Map.of()).withOpenProduct();
    try {
      String token = Files.readString(folder.resolve("admin-token")).strip();
      deviceSecrets(gateway);
      operatorSecrets(new Admin(gateway.gateway().endpoints().port("admin"), token));
      look("an API token", token);
      look("the root secret", rootSecret(folder));
    } finally {
      gateway.close();
    }
    assertThat(found(folder))
        .containsExactlyInAnyOrder("control: the device's id", "control: the key's token");
    assertThat(needles.in(folder.resolve("vault.json"))).containsExactly("the root secret");
  }

  private void deviceSecrets(TestGateway gateway) throws Exception {
    String id = "disk-secrecy-device";
    int cloud = gateway.connection("cloud", "cloud.example", 1883);
    TestDevice device = gateway.device(id);
    TestDevice.Held first = gateway.enroll(device);
    gateway.want(id, new Wish.Move(cloud));
    TestDevice.Held second = gateway.rotate(device, first);
    gateway.commit(device, second);
    look("the first device key", first.frameKey().secret().expose());
    look("the second device key", second.frameKey().secret().expose());
    look("a secret of a login", second.frameKey().platformSecret("cloud"));
    look("the product key", gateway.productKey().expose());
    look("control: the device's id", id.getBytes(StandardCharsets.US_ASCII));
    look("control: the key's token", second.key().token().toBytes());
  }

  private void operatorSecrets(Admin admin) throws Exception {
    String imported = "c0ffee0123456789".repeat(4);
    look("an imported product key", imported);
    admin.send("POST", "/products/thermo/keys", "{\"key\":\"" + imported + "\"}");
    String made = admin.send("POST", "/tokens", "{\"name\":\"t\",\"role\":\"viewer\"}");
    look("another API token", JSON.readTree(made).path("token").asText());
    String hook = admin.send("PUT", "/webhooks/w", "{\"url\":\"https://hooks.example/\"}");
    look("a webhook's secret", webhookSecret(JSON.readTree(hook).path("secret").asText()));
    String password = "correct horse battery staple";
    look("a platform's password", password);
    admin.send(
        "PUT",
        "/platforms/p",
        "{\"kind\":\"mosquitto\",\"settings\":{\"url\":\"mqtt://127.0.0.1:1\",\"user\":\"u\"},"
            + "\"secrets\":{\"password\":\""
            + password
            + "\"}}");
  }

  private void look(String what, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    look(what, bytes);
    if (text.matches("[0-9a-f]{64}")) {
      look(what, HexFormat.of().parseHex(text));
    } else if (text.matches("[\\w-]{43}")) {
      look(what, Base64.getUrlDecoder().decode(text));
    }
  }

  private void look(String what, byte[] bytes) {
    needles.add(what, bytes);
  }

  private Set<String> found(Path folder) throws IOException {
    Set<String> all = new TreeSet<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!KEPT_APART.contains(file.getFileName().toString())) {
          all.addAll(needles.in(file));
        }
      }
    }
    return all;
  }

  private static String rootSecret(Path folder) throws IOException {
    String file = Files.readString(folder.resolve("vault.json"));
    return JSON.readTree(file).path("roots").path(0).path("secret").asText();
  }

  private static byte[] webhookSecret(String shown) {
    return Base64.getDecoder().decode(shown.replaceFirst("^whsec_", ""));
  }

  private record Admin(int port, String token) {
    String send(String method, String path, String json) throws IOException, InterruptedException {
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                      .header("Authorization", "Bearer " + token)
                      .header("Content-Type", "application/json")
                      .method(method, HttpRequest.BodyPublishers.ofString(json))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
      return answer.body();
    }
  }
}
