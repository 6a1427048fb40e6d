package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.ApiToken;
import io.otakey.gateway.registry.ApiTokens;
import io.otakey.gateway.registry.RegistryUnavailableException;
import io.otakey.gateway.registry.Role;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every answer of 400 and more is a problem document; {@link ApiClient} checks the form. */
@ExtendWith(AdminBed.Extension.class)
class ProblemsTest {
  private static final String SECRET = "5ec3e7".repeat(10) + "abcd";

  @Test
  void request_withoutOrWithWrongToken_isUnauthenticated(AdminBed bed) {
    assertThat(new ApiClient(bed.url(), null).get("/products").problem(401)).contains("Bearer");
    ApiClient.Answer wrong = new ApiClient(bed.url(), SECRET).get("/products").expect(401);
    assertThat(wrong.header("WWW-Authenticate")).isPresent();
    assertThat(wrong.text()).doesNotContain(SECRET);
    assertThat(new ApiClient(bed.url(), "short").get("/products").problem(401))
        .contains("64 hex digits");
  }

  @Test
  void unknownAddress_isNotFound(AdminBed bed) {
    assertThat(bed.admin().get("/nothing/here").problem(404)).contains("see /");
    assertThat(bed.admin().get("/products/no-such-product").problem(404))
        .contains("no-such-product", "create");
    assertThat(bed.admin().act("/products/p/devices/d/explode").problem(404))
        .contains("withdraw-reset");
  }

  @Test
  void wrongMethod_namesTheRightOnes(AdminBed bed) {
    ApiClient.Answer answer = bed.admin().delete("/products").expect(405);
    assertThat(answer.header("Allow")).hasValue("GET, POST");
    assertThat(answer.json().path("detail").asText()).contains("GET, POST");
  }

  @Test
  void wrongMediaType_namesTheRightOnes(AdminBed bed) {
    assertThat(bed.admin().send("POST", "/products", "text/plain", "x").problem(415))
        .contains("application/json");
    assertThat(bed.admin().send("POST", "/products", null, "{}").problem(415))
        .contains("application/json");
    assertThat(
            bed.admin().send("POST", "/products/p/devices", "application/json", "{}").problem(415))
        .contains("text/csv");
  }

  @Test
  void largeBody_isTooLarge(AdminBed bed) {
    String body = "{\"id\":\"" + "x".repeat(2 << 20) + "\"}";
    assertThat(bed.admin().post("/products", body).problem(413)).contains("1048576");
  }

  @Test
  void largeBody_ofUnknownLengthIsTooLarge(AdminBed bed) throws IOException {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      body.append("10000\r\n").append("x".repeat(0x10000)).append("\r\n");
    }
    String answer =
        raw(
            bed,
            "POST /products HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                + "Authorization: Bearer "
                + bed.adminToken()
                + "\r\nTransfer-Encoding: chunked\r\n\r\n"
                + body);
    assertThat(answer).startsWith("HTTP/1.1 413").contains(Problem.MEDIA_TYPE);
  }

  @Test
  void brokenJson_isRefusedWithoutRepeatingIt(AdminBed bed) {
    for (String body :
        List.of(
            "{\"id\":\"" + SECRET,
            "{\"id\":\"a\",\"id\":\"" + SECRET + "\"}",
            "[".repeat(40) + SECRET,
            "{} " + SECRET,
            "")) {
      ApiClient.Answer answer = bed.admin().post("/products", body).expect(400);
      assertThat(answer.text()).doesNotContain(SECRET.substring(0, 8));
    }
  }

  @Test
  void everyFault_ofABodyIsNamed(AdminBed bed) {
    ApiClient.Answer answer =
        bed.admin()
            .post(
                "/products",
                """
                {"id":"Bad Id","name":"","colour":"red","connectionId":70000,
                 "policy":{"quota":-1,"reEnroll":{"mode":"until"},"from":"soon","x":1}}
                """)
            .expect(400);
    assertThat(answer.json().path("errors"))
        .extracting(error -> error.asText().replaceAll(" .*", ""))
        .containsExactlyInAnyOrder(
            "id",
            "policy.quota",
            "policy.reEnroll.until",
            "policy.from",
            "policy.x",
            "connectionId",
            "colour");
    assertThat(bed.admin().post("/products", "[1]").problem(400)).contains("object");
  }

  @Test
  void queryParameters_areChecked(AdminBed bed) {
    assertThat(bed.admin().get("/devices?prodct=x").problem(400)).contains("product");
    assertThat(bed.admin().get("/products?limit=1").problem(400)).contains("no query");
    ApiClient.Answer four = bed.admin().get("/devices?limit=0&status=odd&after=x&minEpoch=a");
    assertThat(four.expect(400).json().path("errors")).hasSize(4);
    assertThat(bed.admin().get("/devices?notSeenSince=today").problem(400)).contains("2026");
    assertThat(bed.admin().get("/devices?limit=1&limit=2").problem(400)).contains("once");
    assertThat(bed.admin().get("/products/UPPER").problem(400)).contains("[a-z0-9]");
    assertThat(bed.admin().get("/products/p/devices/-x").problem(400)).contains("[A-Za-z0-9]");
    assertThat(bed.admin().delete("/tokens/x").problem(400)).contains("whole number");
  }

  @Test
  void unreadableRequests_getProblemsToo(AdminBed bed) throws IOException {
    assertThat(raw(bed, "GET /%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains(Problem.MEDIA_TYPE);
    assertThat(raw(bed, "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: h\r\n\r\n"))
        .containsPattern("^HTTP/1.[01] 414")
        .contains(Problem.MEDIA_TYPE);
    assertThat(raw(bed, "GET / HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(20_000) + "\r\n\r\n"))
        .containsPattern("^HTTP/1.[01] 431")
        .contains(Problem.MEDIA_TYPE);
    assertThat(raw(bed, "NOT HTTP AT ALL\r\n\r\n"))
        .containsPattern("^HTTP/1.[01] 400")
        .contains(Problem.MEDIA_TYPE);
  }

  @Test
  void unforeseenFault_staysInTheLog(AdminBed bed) {
    ApiClient client = clientOf(bed, new IllegalStateException("the password is hunter2"));
    ApiClient.Answer answer = client.get("/tokens").expect(500);
    assertThat(answer.text()).doesNotContain("hunter2");
    assertThat(answer.json().path("reference").asText()).isNotBlank();
  }

  @Test
  void databaseAway_isUnavailable(AdminBed bed) {
    ApiClient client =
        clientOf(bed, new RegistryUnavailableException("database: host db.internal", null));
    ApiClient.Answer answer = client.get("/tokens").expect(503);
    assertThat(answer.header("Retry-After")).isPresent();
    assertThat(answer.text()).contains("try again").doesNotContain("db.internal");
  }

  @Test
  void readiness_namesTheChecksThatFail(AdminBed bed) {
    AdminServices usual = bed.services(List.of());
    Map<String, Supplier<Future<Void>>> checks =
        Map.of(
            "good",
            Future::succeededFuture,
            "bad",
            () -> Future.failedFuture("db.internal refused"),
            "throwing",
            () -> {
              throw new IllegalStateException("db.internal");
            },
            "silent",
            () -> Future.future(never -> {}));
    AdminServices services =
        new AdminServices(
            usual.products(),
            usual.devices(),
            usual.labels(),
            usual.announcer(),
            usual.campaigns(),
            usual.connections(),
            usual.platforms(),
            usual.audit(),
            usual.auditChain(),
            usual.events(),
            usual.webhooks(),
            usual.tokens(),
            usual.vault(),
            usual.vaultMark(),
            usual.meters(),
            usual.recovery(),
            usual.watch(),
            checks,
            Map.of("company", () -> Future.failedFuture("nobody")),
            List.of());
    AdminApi api = bed.deploy(AdminConfig.DEFAULT.withPort(0), services);
    ApiClient.Answer answer =
        new ApiClient("http://127.0.0.1:" + api.port(), null).get("/health/ready").expect(503);
    assertThat(answer.json().path("checks").toString())
        .isEqualTo(
            "{\"bad\":\"down\",\"company\":\"down\",\"good\":\"up\",\"silent\":\"down\","
                + "\"throwing\":\"down\"}");
    assertThat(answer.text()).doesNotContain("db.internal");
    assertThat(answer.json().path("detail").asText())
        .contains("bad, silent, throwing")
        .doesNotContain("company");
    ApiClient.Answer good = new ApiClient(bed.url(), null).get("/health/ready").expect(200);
    assertThat(good.json().path("checks").path("database").asText()).isEqualTo("up");
  }

  @Test
  void everyAnswer_hasSecurityHeaders(AdminBed bed) {
    for (ApiClient.Answer answer :
        List.of(
            bed.admin().get("/products"),
            bed.admin().get("/nothing"),
            new ApiClient(bed.url(), null).get("/tokens"))) {
      assertThat(answer.header("X-Content-Type-Options")).hasValue("nosniff");
      assertThat(answer.header("Content-Security-Policy").orElseThrow())
          .startsWith("default-src 'none'");
      assertThat(answer.header("Cache-Control")).hasValue("no-store");
      assertThat(answer.header("X-Frame-Options")).hasValue("DENY");
    }
  }

  @Test
  void metrics_areThereAndMayNeedAToken(AdminBed bed) {
    String metrics = new ApiClient(bed.url(), null).get("/metrics").expect(200).text();
    bed.admin().get("/products").expect(200);
    assertThat(new ApiClient(bed.url(), null).get("/metrics").text())
        .contains("otakey_admin_requests_seconds_count{operation=\"listProducts\",status=\"200\"}");
    assertThat(metrics).isNotNull();
    AdminApi closed =
        bed.deploy(AdminConfig.DEFAULT.withPort(0).withMetricsToken(true), bed.services(List.of()));
    String url = "http://127.0.0.1:" + closed.port();
    new ApiClient(url, null).get("/metrics").expect(401);
    assertThat(bed.client(Role.VIEWER, Set.of()).at(url).get("/metrics").expect(200).text())
        .contains("otakey_");
    bed.client(Role.ADMIN, Set.of("p")).at(url).get("/metrics").expect(403);
  }

  /** The token is looked up while an empty body's end goes by. */
  @Test
  void emptyBody_isAnsweredToo(AdminBed bed) {
    String product = bed.product();
    ApiClient admin = bed.client(Role.ADMIN, Set.of());
    admin.post("/products", "").expect(400);
    ApiClient.Answer none =
        admin.send("POST", "/products/" + product + "/devices", "text/csv", "").expect(200);
    assertThat(none.json().path("type").asText()).isEqualTo("summary");
  }

  @Test
  void connections_areKeptForTheNextRequest(AdminBed bed) throws IOException {
    String request = "GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n";
    String refused = "POST /products HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
    String last = request.replace("Host", "Connection: close\r\nHost");
    String answers = raw(bed, request + refused + request + last);
    assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(4);
    assertThat(answers).contains("HTTP/1.1 401");
  }

  private static String raw(AdminBed bed, String request) throws IOException {
    int port = Integer.parseInt(bed.url().replaceAll(".*:", ""));
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** An API whose list of tokens fails. */
  private static ApiClient clientOf(AdminBed bed, RuntimeException failure) {
    String token = ApiTokenText.generate();
    String hash = HexFormat.of().formatHex(ApiTokenText.hash(token).orElseThrow());
    AdminServices usual = bed.services(List.of(BootstrapToken.ofHash(hash)));
    AdminServices services =
        new AdminServices(
            usual.products(),
            usual.devices(),
            usual.labels(),
            usual.announcer(),
            usual.campaigns(),
            usual.connections(),
            usual.platforms(),
            usual.audit(),
            usual.auditChain(),
            usual.events(),
            usual.webhooks(),
            new BrokenTokens(failure),
            usual.vault(),
            usual.vaultMark(),
            usual.meters(),
            usual.recovery(),
            usual.watch(),
            usual.readiness(),
            usual.advisory(),
            usual.bootstrapTokens());
    AdminApi api = bed.deploy(AdminConfig.DEFAULT.withPort(0), services);
    return new ApiClient("http://127.0.0.1:" + api.port(), token);
  }

  private record BrokenTokens(RuntimeException failure) implements ApiTokens {
    @Override
    public Future<Optional<ApiToken>> create(
        Actor actor,
        String name,
        byte[] sha256,
        Role role,
        Set<String> products,
        Optional<Instant> expiresAt) {
      return Future.failedFuture(failure);
    }

    @Override
    public Future<Optional<ApiToken>> authenticate(byte[] sha256) {
      return Future.failedFuture(failure);
    }

    @Override
    public Future<Boolean> revoke(Actor actor, long id) {
      return Future.failedFuture(failure);
    }

    @Override
    public Future<List<ApiToken>> list() {
      return Future.failedFuture(failure);
    }
  }
}
