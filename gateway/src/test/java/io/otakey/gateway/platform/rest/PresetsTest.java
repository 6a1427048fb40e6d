package io.otakey.gateway.platform.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Kinds;
import io.otakey.gateway.platform.Login;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.Settings;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Presets for registries that know one credential for each device: a login is a device of its own
 * there. On strict simulations of the published interfaces; every other request is refused.
 */
class PresetsTest {
  private static final String SECRET = "pK_test-only";

  private final Vertx vertx = Vertx.vertx();
  private final List<String> seen = new ArrayList<>();
  private final Map<String, JsonObject> devices = new TreeMap<>();
  private final Map<String, JsonObject> credentials = new TreeMap<>();

  /** An answer: what it says, if it says anything. */
  private record Answer(int status, JsonObject body) {
    Answer(int status) {
      this(status, new JsonObject());
    }
  }

  private interface Api {
    Answer answer(HttpServerRequest request, String call, String body);
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  @Test
  void thingsboard_aLoginIsADeviceWithBasicCredentials() throws Exception {
    PlatformConnector connector =
        connector(
            this::thingsboard,
            Map.of("preset", "thingsboard"),
            Map.of("apiKey", "key-of-thingsboard"));
    await(connector.check());
    for (int i = 0; i < 2; i++) {
      done(connector.prepare(List.of(credential("00ff"), credential("01ff"))), 2);
      assertThat(devices).containsOnlyKeys("meter.x%3A1.00ff", "meter.x%3A1.01ff");
    }
    JsonObject value = credentials.get("meter.x%3A1.00ff");
    assertThat(value)
        .isEqualTo(
            new JsonObject()
                .put("clientId", "meter.x%3A1")
                .put("userName", "meter.x%3A1.00ff")
                .put("password", SECRET));
    assertThat(in(devices, "meter.x%3A1.00ff").getString("label")).isEqualTo("meter.x:1");
    for (int i = 0; i < 2; i++) {
      done(connector.retire(List.of(credential("00ff").login())), 1);
      assertThat(devices).containsOnlyKeys("meter.x%3A1.01ff");
    }
    done(connector.rollback(List.of(credential("01ff").login())), 1);
    assertThat(devices).isEmpty();
  }

  @Test
  void thingsboard_aNameThatHoldsJson_staysAName() throws Exception {
    PlatformConnector connector =
        connector(
            this::thingsboard,
            Map.of("preset", "thingsboard"),
            Map.of("apiKey", "key-of-thingsboard"));
    String name = "a\",\"password\":\"known\",\"x\":\"";
    Credential hostile =
        new Credential(
            new Login(new DeviceRef("meter", "x"), Token.ofHex("00ff"), name, name, "d/"), SECRET);
    done(connector.prepare(List.of(hostile)), 1);
    assertThat(in(credentials, name).getString("password")).isEqualTo(SECRET);
    done(connector.retire(List.of(hostile.login())), 1);
    assertThat(devices).isEmpty();
  }

  @Test
  void hono_aLoginIsAGatewayOfItsDevice() throws Exception {
    PlatformConnector connector =
        connector(
            this::hono,
            Map.of("preset", "hono", "tenant", "T", "user", "u"),
            Map.of("password", "p"));
    await(connector.check());
    for (int i = 0; i < 2; i++) {
      done(connector.prepare(List.of(credential("00ff"), credential("01ff"))), 2);
      assertThat(devices).containsOnlyKeys("meter.x:1", "meter.x%3A1.00ff", "meter.x%3A1.01ff");
    }
    assertThat(in(devices, "meter.x:1").getJsonArray("viaGroups"))
        .isEqualTo(in(devices, "meter.x%3A1.00ff").getJsonArray("memberOf"));
    assertThat(credentials.get("meter.x%3A1.01ff"))
        .hasToString(
            "{\"type\":\"hashed-password\",\"auth-id\":\"meter.x%3A1.01ff\",\"secrets\":[{"
                + "\"pwd-plain\":\"pK_test-only\"}]}");
    for (int i = 0; i < 2; i++) {
      done(connector.retire(List.of(credential("00ff").login())), 1);
      assertThat(devices).containsOnlyKeys("meter.x:1", "meter.x%3A1.01ff");
      assertThat(credentials).containsOnlyKeys("meter.x%3A1.01ff");
    }
  }

  @Test
  void whatAnAnswerLacks_failsThatLoginAlone() throws Exception {
    String template =
        "{\"prepare\":[{\"method\":\"GET\",\"path\":\"/a\",\"take\":{\"n\":\"/id/id\"}},"
            + "{\"method\":\"PUT\",\"path\":\"/b/${n}\"}],"
            + "\"retire\":[{\"method\":\"DELETE\",\"path\":\"/b\"}]}";
    for (String body :
        List.of(
            "",
            "x",
            "[]",
            "{\"id\":{\"id\":null}}",
            "{\"id\":{\"id\":\"" + "x".repeat(257) + "\"}}")) {
      seen.clear();
      HttpServer server =
          await(
              vertx
                  .createHttpServer()
                  .requestHandler(
                      request -> {
                        seen.add(request.uri());
                        request.response().end(body);
                      })
                  .listen(0, "127.0.0.1"));
      PlatformConnector connector =
          connect(server.actualPort(), Map.of("template", template), Map.of());
      assertThat(await(connector.prepare(List.of(credential("00ff")))).get(0))
          .as(body)
          .isInstanceOf(Outcome.Failed.class);
      assertThat(seen).containsExactly("/a");
      await(connector.close());
    }
  }

  private Answer thingsboard(HttpServerRequest request, String call, String body) {
    if (!"ApiKey key-of-thingsboard".equals(request.getHeader("X-Authorization"))) {
      return new Answer(401);
    }
    if (call.equals("GET /api/tenant/devices")) {
      if (request.getParam("pageSize") != null) {
        return new Answer(200);
      }
      JsonObject device = devices.get(request.getParam("deviceName"));
      return device == null ? new Answer(404) : new Answer(200, device);
    }
    if (call.equals("POST /api/device-with-credentials")) {
      return new Answer(thingsboardSaves(new JsonObject(body)));
    }
    String entity = call.replace("DELETE /api/device/", "");
    return new Answer(
        devices.values().removeIf(d -> d.getJsonObject("id").getString("id").equals(entity))
            ? 200
            : 405);
  }

  private int thingsboardSaves(JsonObject asked) {
    JsonObject device = asked.getJsonObject("device");
    JsonObject credential = asked.getJsonObject("credentials");
    String name = device.getString("name");
    if (!device.fieldNames().equals(Set.of("name", "label", "type"))
        || !credential.fieldNames().equals(Set.of("credentialsType", "credentialsValue"))
        || !credential.getString("credentialsType").equals("MQTT_BASIC")
        || devices.containsKey(name)) {
      return 400; // for a name that there is, too
    }
    credentials.put(name, new JsonObject(credential.getString("credentialsValue")));
    devices.put(
        name,
        device.put(
            "id", new JsonObject().put("entityType", "DEVICE").put("id", "id" + seen.size())));
    return 200;
  }

  private Answer hono(HttpServerRequest request, String call, String body) {
    if (!"Basic dTpw".equals(request.getHeader("Authorization"))) {
      return new Answer(401);
    }
    String[] parts = call.split("/", -1);
    if (call.equals("GET /v1/tenants/T")) {
      return new Answer(200);
    }
    if (parts.length != 5 || !parts[1].equals("v1") || !parts[3].equals("T")) {
      return new Answer(405);
    }
    String id = URLDecoder.decode(parts[4], StandardCharsets.UTF_8);
    return new Answer(
        switch (parts[0] + parts[2]) {
          case "POST devices" -> devices.putIfAbsent(id, new JsonObject(body)) == null ? 201 : 409;
          case "DELETE devices" -> {
            credentials.remove(id);
            yield devices.remove(id) == null ? 404 : 204;
          }
          case "PUT credentials" -> {
            credentials.put(id, new JsonArray(body).getJsonObject(0));
            yield devices.containsKey(id) ? 204 : 404;
          }
          default -> 405;
        });
  }

  private PlatformConnector connector(
      Api api, Map<String, String> settings, Map<String, String> secrets) throws Exception {
    HttpServer server =
        await(
            vertx
                .createHttpServer()
                .requestHandler(
                    request ->
                        request
                            .body()
                            .onSuccess(
                                body -> {
                                  String call = request.method() + " " + request.path();
                                  seen.add(call);
                                  Answer answer = api.answer(request, call, body.toString());
                                  request
                                      .response()
                                      .setStatusCode(answer.status())
                                      .end(answer.body().toBuffer());
                                }))
                .listen(0, "127.0.0.1"));
    return connect(server.actualPort(), settings, secrets);
  }

  private PlatformConnector connect(
      int port, Map<String, String> settings, Map<String, String> secrets) {
    Map<String, String> all = new TreeMap<>(settings);
    all.put("url", "http://127.0.0.1:" + port);
    Settings given = new Settings(all, secrets);
    assertThat(new Kinds(List.of(new RestKind())).problems("rest", given)).isEmpty();
    return new RestKind().connect(vertx, given);
  }

  private static Credential credential(String token) {
    return new Credential(
        new Login(
            new DeviceRef("meter", "x:1"),
            Token.ofHex(token),
            "meter.x%3A1." + token,
            "meter.x%3A1",
            "d/"),
        SECRET);
  }

  private static void done(Future<List<Outcome>> future, int count) throws Exception {
    assertThat(await(future)).hasSize(count).containsOnly(Outcome.DONE);
  }

  private static JsonObject in(Map<String, JsonObject> all, String name) {
    return Objects.requireNonNull(all.get(name));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(30, TimeUnit.SECONDS);
  }
}
