package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;

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

  static Reply created(JsonNode body) {
    return of(201, "application/json", Json.bytes(body));
  }

  static Reply noContent() {
    return new Whole(204, Map.of(), Buffer.buffer());
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
