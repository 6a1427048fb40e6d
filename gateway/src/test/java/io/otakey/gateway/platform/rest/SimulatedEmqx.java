package io.otakey.gateway.platform.rest;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What EMQX 5 publishes about its HTTP API for users and rules of the built-in database and for
 * messages, and nothing more: every other path, method, header or body is refused.
 */
final class SimulatedEmqx {
  static final String KEY = "key";
  static final String SECRET = "own-test-only";

  private static final String USERS =
      "/api/v5/authentication/password_based%3Abuilt_in_database/users";
  private static final String RULES = "/api/v5/authorization/sources/built_in_database/rules/users";
  private static final String PUBLISH = "/api/v5/publish";
  private static final String BASIC =
      "Basic "
          + Base64.getEncoder()
              .encodeToString((KEY + ":" + SECRET).getBytes(StandardCharsets.UTF_8));

  final Map<String, JsonObject> users = new TreeMap<>();
  final Map<String, JsonObject> rules = new TreeMap<>();
  final List<JsonObject> published = new ArrayList<>();
  final List<String> seen = new ArrayList<>();
  private final HttpServer server;

  /** Instead of its own: a status, its Location, and a body of this many bytes. */
  record Mood(int status, String location, int bytes) {}

  private Optional<Mood> mood = Optional.empty();
  private boolean silent;

  SimulatedEmqx(Vertx vertx) throws Exception {
    server =
        vertx
            .createHttpServer()
            .requestHandler(request -> request.body().onSuccess(body -> answer(request, "" + body)))
            .listen(0, "127.0.0.1")
            .await(20, TimeUnit.SECONDS);
  }

  int port() {
    return server.actualPort();
  }

  synchronized void mood(Optional<Mood> next, boolean nothing) {
    mood = next;
    silent = nothing;
  }

  void stop() throws Exception {
    server.close().await(20, TimeUnit.SECONDS);
  }

  private synchronized void answer(HttpServerRequest request, String body) {
    seen.add(request.method() + " " + request.uri());
    HttpServerResponse response = request.response();
    if (silent) {
      return;
    }
    if (mood.isPresent()) {
      response.putHeader("Location", mood.get().location());
      response.setStatusCode(mood.get().status()).end("x".repeat(mood.get().bytes()));
    } else if (!BASIC.equals(request.getHeader("Authorization"))) {
      response.setStatusCode(401).end("{\"code\":\"BAD_API_KEY_OR_SECRET\"}");
    } else {
      response.setStatusCode(status(request, body)).end();
    }
  }

  private int status(HttpServerRequest request, String body) {
    String call = request.method() + " " + request.uri();
    if (call.equals("POST " + USERS)) {
      return json(request) ? addUser(new JsonObject(body)) : 415;
    }
    if (call.startsWith("DELETE " + USERS + "/")) {
      return users.remove(name(request, USERS)) == null ? 404 : 204;
    }
    if (call.startsWith("PUT " + RULES + "/")) {
      return json(request) ? putRules(name(request, RULES), new JsonObject(body)) : 415;
    }
    if (call.startsWith("DELETE " + RULES + "/")) {
      return rules.remove(name(request, RULES)) == null ? 404 : 204;
    }
    if (call.equals("POST " + PUBLISH)) {
      return json(request) ? publish(new JsonObject(body)) : 415;
    }
    return call.equals("GET " + RULES + "?limit=1") ? 200 : 405;
  }

  private static boolean json(HttpServerRequest request) {
    return "application/json".equals(request.getHeader("Content-Type"));
  }

  private int addUser(JsonObject user) {
    if (!user.fieldNames().equals(Set.of("user_id", "password", "is_superuser"))) {
      return 400;
    }
    return users.putIfAbsent(user.getString("user_id"), user) == null ? 201 : 409;
  }

  private int putRules(String name, JsonObject body) {
    JsonArray list = body.getJsonArray("rules");
    if (!body.fieldNames().equals(Set.of("username", "rules"))
        || !body.getString("username").equals(name)
        || list.stream().anyMatch(rule -> !isRule((JsonObject) rule))) {
      return 400;
    }
    rules.put(name, body);
    return 204;
  }

  /** 202: published, and nobody listens. */
  private int publish(JsonObject message) {
    if (!message.fieldNames().equals(Set.of("topic", "payload", "qos", "retain"))
        || message.getString("topic").matches(".*[+#].*")) {
      return 400;
    }
    published.add(message);
    return published.size() == 1 ? 200 : 202;
  }

  private static boolean isRule(JsonObject rule) {
    return rule.fieldNames().equals(Set.of("topic", "permission", "action"))
        && Set.of("allow", "deny").contains(rule.getString("permission"))
        && Set.of("publish", "subscribe", "all").contains(rule.getString("action"));
  }

  /** One segment: whatever ends it early is another path. */
  private static String name(HttpServerRequest request, String below) {
    String segment = request.uri().substring(below.length() + 1);
    return segment.contains("/") || segment.contains("?") || segment.contains("#")
        ? "not a segment"
        : URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
