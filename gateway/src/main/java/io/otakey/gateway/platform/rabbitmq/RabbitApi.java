package io.otakey.gateway.platform.rabbitmq;

import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.net.Address;
import io.otakey.gateway.platform.net.HttpLink;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** The calls of RabbitMQ's management API that the connector makes. */
final class RabbitApi {
  static final int LANES = 8;
  // A user name is at most 129 bytes, 140 with what JSON puts around it: half a million of them.
  private static final int MAX_ANSWER = 64 << 20;
  private static final int MAX_REASON = 200;

  private final HttpLink link;
  private final String user;
  private final Map<String, String> headers;

  RabbitApi(Vertx vertx, Address address, String user, String password) {
    this.link = new HttpLink(vertx, address, LANES, MAX_ANSWER);
    this.user = user;
    this.headers =
        Map.of(
            "Authorization",
            "Basic " + HttpLink.basic(user, password),
            "Content-Type",
            "application/json");
  }

  Future<HttpLink.Answer> get(String path) {
    return call(HttpMethod.GET, path, Buffer.buffer());
  }

  Future<HttpLink.Answer> post(String path, JsonObject body) {
    return call(HttpMethod.POST, path, body.toBuffer());
  }

  Future<HttpLink.Answer> delete(String path) {
    return call(HttpMethod.DELETE, path, Buffer.buffer());
  }

  Future<Void> close() {
    return link.close();
  }

  static JsonObject object(HttpLink.Answer answer) {
    if (decoded(answer) instanceof JsonObject object) {
      return object;
    }
    throw new PlatformException("RabbitMQ's management API answers with something else than JSON");
  }

  static JsonArray array(HttpLink.Answer answer) {
    if (decoded(answer) instanceof JsonArray array) {
      return array;
    }
    throw new PlatformException("RabbitMQ's management API answers with something else than JSON");
  }

  /** What RabbitMQ says against a request; no secret, since only hashes are sent. */
  static String reason(HttpLink.Answer answer) {
    String text =
        decoded(answer) instanceof JsonObject object
            ? String.valueOf(object.getValue("reason"))
            : "";
    String said = text.length() > MAX_REASON ? text.substring(0, MAX_REASON) + "…" : text;
    return "status " + answer.status() + (said.isEmpty() ? "" : ": " + said);
  }

  private static Object decoded(HttpLink.Answer answer) {
    try {
      Object value = Json.decodeValue(answer.body());
      return value == null ? "" : value;
    } catch (DecodeException e) {
      return "";
    }
  }

  private Future<HttpLink.Answer> call(HttpMethod method, String path, Buffer body) {
    return link.send(new HttpLink.Call(method, "/api" + path, headers, body))
        .compose(
            answer ->
                answer.status() == 401
                    ? Future.failedFuture(denied(answer))
                    : Future.succeededFuture(answer));
  }

  private PlatformException denied(HttpLink.Answer answer) {
    return new PlatformException(
        "RabbitMQ refuses the gateway's user "
            + user
            + " ("
            + reason(answer)
            + "): mend its password, or rabbitmqctl set_user_tags "
            + user
            + " administrator");
  }
}
