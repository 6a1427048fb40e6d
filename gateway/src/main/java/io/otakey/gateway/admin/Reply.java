package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What an operation answers. */
sealed interface Reply {
  /** The operation has written and ended the response itself. */
  record Streamed() implements Reply {}

  /** The whole answer. */
  record Whole(int status, Map<String, String> headers, Buffer body) implements Reply {
    /** Copies the headers. */
    public Whole {
      headers = new LinkedHashMap<>(headers);
    }
  }

  /** The operation has ended the response. */
  static Reply streamed() {
    return new Streamed();
  }

  static Reply of(int status, String mediaType, byte[] body) {
    return new Whole(status, Map.of("Content-Type", mediaType), Buffer.buffer(body));
  }

  static Reply json(JsonNode body) {
    return of(200, "application/json", Json.bytes(body));
  }

  /**
   * A page of a list under its name, and where the next one begins: null after a page that is not
   * full.
   *
   * @param next how a request names the page after this item
   */
  static <T> Reply page(
      String name,
      List<T> items,
      int limit,
      Function<T, ? extends JsonNode> write,
      Function<T, JsonNode> next) {
    ObjectNode json = Json.object();
    ArrayNode array = json.putArray(name);
    items.forEach(item -> array.add(write.apply(item)));
    if (items.size() < limit) {
      json.putNull("next");
    } else {
      json.set("next", next.apply(items.get(items.size() - 1)));
    }
    return json(json);
  }

  static Reply created(JsonNode body) {
    return of(201, "application/json", Json.bytes(body));
  }

  static Reply noContent() {
    return empty(204);
  }

  /** Headers alone. */
  static Reply empty(int status) {
    return new Whole(status, Map.of(), Buffer.buffer());
  }

  /** The same with one more header. */
  default Reply header(String name, String value) {
    if (this instanceof Whole whole) {
      Map<String, String> headers = new LinkedHashMap<>(whole.headers());
      headers.put(name, value);
      return new Whole(whole.status(), headers, whole.body());
    }
    return this;
  }
}
