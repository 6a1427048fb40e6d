package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.Contract.Operation;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the API does not do whoever asks for it. */
@ExtendWith(AdminBed.Extension.class)
class HardeningTest {
  /** Levels that a body may have, its own included. */
  private static final int DEPTH = 16;

  /** Parameters that are called like secrets and are none. */
  private static final Set<String> HARMLESS = Set.of("keyVersion", "tokenId", "keyOlderThan");

  @Test
  void json_hasSoManyLevels_andNoMore(AdminBed bed) {
    assertThat(bed.admin().post("/products", nested(DEPTH)).problem(400))
        .contains("x is not known here");
    assertThat(bed.admin().post("/products", nested(DEPTH + 1)).problem(400))
        .contains("at most 16 levels");
  }

  @Test
  void yaml_hasSoManyLevels_andNoMore(AdminBed bed) {
    assertThat(yaml(bed, "format: otakey-config/1\nx: " + lists(DEPTH - 1)).problem(400))
        .contains("x is not known here");
    assertThat(yaml(bed, "format: otakey-config/1\nx: " + lists(DEPTH)).problem(400))
        .contains("at most 16 levels");
  }

  /** Of a few lines aliases would make a document that fills the memory. */
  @Test
  void yaml_doesNotGrowByItsAliases(AdminBed bed) {
    StringBuilder text = new StringBuilder("format: otakey-config/1\na0: &a0 [x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 14; i++) {
      String one = "*a" + (i - 1);
      text.append(
          "a%d: &a%d [%s]\n".formatted(i, i, String.join(",", List.of(one, one, one, one))));
    }
    assertThat(yaml(bed, text.toString()).expect(400).text()).hasSizeLessThan(10_000);
  }

  @Test
  void lineOfAnImport_hasSoManyLevels_andNoMore(AdminBed bed) {
    String path = "/products/" + bed.product() + "/devices";
    String type = "application/x-ndjson";
    String fits = bed.admin().send("POST", path, type, nested(DEPTH)).text();
    String deep = bed.admin().send("POST", path, type, nested(DEPTH + 1)).text();
    assertThat(deep).isNotEqualTo(fits);
  }

  /** Neither a browser's memory of another site nor another site's script is of any use. */
  @Test
  void nobodyActsThroughABrowser(AdminBed bed) throws IOException {
    String token = bed.adminToken();
    String end = "Host: h\r\nOrigin: https://evil.example\r\nConnection: close\r\n";
    String form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n";
    assertThat(raw(bed, "POST /products HTTP/1.1\r\nCookie: token=" + token + "\r\n" + end + form))
        .startsWith("HTTP/1.1 401");
    String bearer = "Authorization: Bearer " + token + "\r\n";
    assertThat(raw(bed, "POST /products HTTP/1.1\r\n" + bearer + end + form))
        .startsWith("HTTP/1.1 415");
    for (String request : List.of("GET /products", "OPTIONS /products", "GET /console/")) {
      String answer = raw(bed, request + " HTTP/1.1\r\n" + bearer + end + "\r\n");
      assertThat(answer).as(request).startsWith("HTTP/1.1 ");
      assertThat(answer.toLowerCase(java.util.Locale.ROOT))
          .as(request)
          .doesNotContain("set-cookie", "access-control-");
    }
  }

  @Test
  void noAddress_takesASecret(AdminBed bed) {
    for (Operation operation : ApiClient.CONTRACT.operations()) {
      JsonNode shared =
          ApiClient.CONTRACT.document().path("paths").path(operation.path()).path("parameters");
      for (JsonNode parameters : List.of(shared, operation.node().path("parameters"))) {
        for (JsonNode parameter : parameters) {
          String name = ApiClient.CONTRACT.resolve(parameter).path("name").asText();
          assertThat(
                  HARMLESS.contains(name) || !name.matches("(?i).*(token|secret|password|key).*"))
              .as(operation.id() + " takes " + name)
              .isTrue();
        }
      }
    }
    for (String name : List.of("token", "access_token", "apiToken")) {
      String query = "/products?" + name + "=" + bed.adminToken();
      new ApiClient(bed.url(), null).get(query).expect(401);
      assertThat(bed.admin().get(query).expect(400).text()).doesNotContain(bed.adminToken());
    }
  }

  @Test
  void requestsThatAreNone_getTheSameHeaders(AdminBed bed) throws IOException {
    for (String request :
        List.of(
            "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(20_000) + "\r\n\r\n",
            "NOT HTTP AT ALL\r\n\r\n",
            "GET /%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")) {
      assertThat(raw(bed, request))
          .as(request.substring(0, 10))
          .contains("X-Content-Type-Options: nosniff", "X-Frame-Options: DENY")
          .contains("Content-Security-Policy: default-src 'none'")
          .contains("Cache-Control: no-store");
    }
  }

  @Test
  void floodOfRequests_isHeldBack_andHealthIsNot(AdminBed bed) throws IOException {
    AdminApi api = bed.deploy(AdminConfig.DEFAULT.withPort(0), bed.services(List.of()));
    String request = "GET /products HTTP/1.1\r\nHost: h\r\n";
    int begun = RequestRate.BURST + 1; // and what a slow machine is let have meanwhile
    long since = System.nanoTime();
    String answers =
        raw(
            api.port(),
            (request + "\r\n").repeat(2 * begun) + request + "Connection: close\r\n\r\n");
    double seconds = (System.nanoTime() - since) / 1e9;
    int asked = answers.split("HTTP/1.1 401", -1).length - 1;
    int heldBack = answers.split("HTTP/1.1 429", -1).length - 1;
    assertThat(asked + heldBack).isEqualTo(2 * begun + 1);
    assertThat((double) asked)
        .isBetween((double) RequestRate.BURST, begun + seconds * RequestRate.PER_SECOND);
    String url = "http://127.0.0.1:" + api.port();
    new ApiClient(url, null).get("/health/live").expect(200);
    new ApiClient(url, null).get("/health/ready").expect(200);
  }

  private static ApiClient.Answer yaml(AdminBed bed, String text) {
    return bed.admin().send("POST", "/config?dryRun=true", "application/yaml", text);
  }

  private static String nested(int levels) {
    return "{\"x\":" + lists(levels - 1) + "}\n";
  }

  private static String lists(int levels) {
    return "[".repeat(levels) + "]".repeat(levels);
  }

  private static String raw(AdminBed bed, String request) throws IOException {
    return raw(Integer.parseInt(bed.url().replaceAll(".*:", "")), request);
  }

  /** Writes while it reads: neither side waits for the other. */
  private static String raw(int port, String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(30_000);
      Thread writer =
          new Thread(
              () -> {
                try {
                  socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                  socket.getOutputStream().flush();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      writer.start();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      writer.join();
      return answer;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
