package io.otakey.gateway.platform.rest;

import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Login;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.net.HttpLink;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sends the requests of a template, one login's in order, several logins' at once. What a platform
 * says in an answer's body is not repeated: it may repeat the secret.
 */
final class RestConnector implements PlatformConnector {
  private static final int MAX_BATCH = 16;
  private static final int MAX_TAKEN = 256;
  private static final Outcome PATTERN =
      new Outcome.Failed(
          "the device's topics hold +, # or ${, which platforms take for patterns: give the"
              + " connection another topic prefix");

  private final HttpLink link;
  private final Template template;
  private final Values platform;

  RestConnector(HttpLink link, Template template, Values platform) {
    this.link = link;
    this.template = template;
    this.platform = platform;
  }

  @Override
  public int maxBatch() {
    return MAX_BATCH;
  }

  @Override
  public int lanes() {
    return 2;
  }

  @Override
  public Future<List<Outcome>> prepare(List<Credential> credentials) {
    return all(
        credentials.stream()
            .map(
                credential ->
                    isLiteral(credential.login().branch())
                        ? run(template.prepare(), values(credential))
                        : Future.succeededFuture(PATTERN))
            .toList());
  }

  @Override
  public Future<List<Outcome>> retire(List<Login> logins) {
    return all(logins.stream().map(login -> run(template.retire(), values(login))).toList());
  }

  @Override
  public Future<List<Outcome>> rollback(List<Login> logins) {
    return all(logins.stream().map(login -> run(template.rollback(), values(login))).toList());
  }

  @Override
  public Future<List<Outcome>> notify(List<Login> logins) {
    return all(logins.stream().map(login -> run(template.notices(), values(login))).toList());
  }

  @Override
  public Future<Void> check() {
    return template
        .check()
        .map(
            request ->
                run(List.of(request), platform)
                    .compose(
                        outcome ->
                            outcome instanceof Outcome.Failed failed
                                ? Future.<Void>failedFuture(new PlatformException(failed.why()))
                                : Future.<Void>succeededFuture()))
        .orElseGet(Future::succeededFuture);
  }

  @Override
  public Future<Void> close() {
    return link.close();
  }

  private static boolean isLiteral(String branch) {
    return !branch.contains("+") && !branch.contains("#") && !branch.contains("${");
  }

  private Values values(Credential credential) {
    byte[] secret = credential.secret().getBytes(StandardCharsets.UTF_8);
    return values(credential.login())
        .and(
            Map.of(
                "secret",
                credential.secret(),
                "secretBase64",
                Base64.getEncoder().encodeToString(secret)));
  }

  private Values values(Login login) {
    Map<String, String> values = new HashMap<>();
    values.put("loginName", login.name());
    values.put("productId", login.ref().productId());
    values.put("deviceId", login.ref().deviceId());
    values.put("clientId", login.clientId());
    values.put("branch", login.branch());
    values.put("token", login.token().hex());
    return platform.and(values);
  }

  private static Future<List<Outcome>> all(List<Future<Outcome>> each) {
    return Future.join(each).map(done -> each.stream().map(Future::result).toList());
  }

  /** Until all is done, or one fails. */
  private Future<Outcome> run(List<Template.Request> requests, Values values) {
    if (requests.isEmpty()) {
      return Future.succeededFuture(Outcome.DONE);
    }
    Template.Request request = requests.get(0);
    HttpLink.Call call;
    try {
      call = filled(request, values);
    } catch (Values.UnfitException e) {
      return Future.succeededFuture(new Outcome.Failed(request + ": " + e.getMessage()));
    }
    return link.send(call)
        .compose(
            answer -> {
              int status = answer.status();
              if (request.last().contains(status)) {
                return Future.succeededFuture(Outcome.DONE);
              }
              if (status / 100 != 2 && !request.done().contains(status)) {
                return judge(request, status);
              }
              return taken(request, answer.body())
                  .map(more -> run(requests.subList(1, requests.size()), values.and(more)))
                  .orElseGet(() -> Future.succeededFuture(lacking(request)));
            });
  }

  /** What a template wants of an answer for the requests that follow; empty if it is not there. */
  private static Optional<Map<String, String>> taken(Template.Request request, Buffer body) {
    Map<String, String> taken = new HashMap<>();
    try {
      Object json = request.take().isEmpty() ? new JsonObject() : Json.decodeValue(body);
      for (Map.Entry<String, String> take : request.take().entrySet()) {
        Object value = JsonPointer.from(take.getValue()).queryJson(json);
        if (!(value instanceof String || value instanceof Number)
            || value.toString().length() > MAX_TAKEN) {
          return Optional.empty();
        }
        taken.put(take.getKey(), value.toString());
      }
      return Optional.of(taken);
    } catch (DecodeException e) {
      return Optional.empty();
    }
  }

  private static Outcome lacking(Template.Request request) {
    return new Outcome.Failed(request + " is answered without " + request.take().values());
  }

  private static HttpLink.Call filled(Template.Request request, Values values) {
    Map<String, String> headers = new HashMap<>();
    request.headers().forEach((name, value) -> headers.put(name, values.header(value)));
    Buffer body =
        request
            .body()
            .map(json -> Json.encodeToBuffer(values.json(json)))
            .orElseGet(Buffer::buffer);
    if (body.length() > 0) {
      headers.put("Content-Type", "application/json");
    }
    return new HttpLink.Call(request.method(), values.url(request.path()), headers, body);
  }

  /** A refusal of the gateway, and a platform in trouble, are nothing about this login. */
  private static Future<Outcome> judge(Template.Request request, int status) {
    String what = request + " is answered with status " + status;
    if (status == 401 || status == 403) {
      return Future.failedFuture(
          new PlatformException(what + ": mend the gateway's user, password or apiKey"));
    }
    if (status >= 500 || status == 408 || status == 429) {
      return Future.failedFuture(new PlatformException(what));
    }
    return Future.succeededFuture(new Outcome.Failed(what));
  }
}
