package io.otakey.gateway.platform.rest;

import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Login;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.net.HttpLink;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends the requests of a template, one login's in order, several logins' at once. What a platform
 * says in an answer's body is not repeated: it may repeat the secret.
 */
final class RestConnector implements PlatformConnector {
  private static final int MAX_BATCH = 16;
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

  private Future<Outcome> run(List<Template.Request> requests, Values values) {
    Future<Outcome> done = Future.succeededFuture(Outcome.DONE);
    for (Template.Request request : requests) {
      done =
          done.compose(
              outcome ->
                  outcome.equals(Outcome.DONE)
                      ? send(request, values)
                      : Future.succeededFuture(outcome));
    }
    return done;
  }

  private Future<Outcome> send(Template.Request request, Values values) {
    HttpLink.Call call;
    try {
      call = filled(request, values);
    } catch (Values.UnfitException e) {
      return Future.succeededFuture(new Outcome.Failed(request + ": " + e.getMessage()));
    }
    return link.send(call).compose(answer -> judge(request, answer.status()));
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
    if (status / 100 == 2 || request.done().contains(status)) {
      return Future.succeededFuture(Outcome.DONE);
    }
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
