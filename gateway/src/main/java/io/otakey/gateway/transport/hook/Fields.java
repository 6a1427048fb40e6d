package io.otakey.gateway.transport.hook;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A broker's fields; which of them there are depends on the broker, others are ignored. */
final class Fields {
  private static final int MAX_FIELDS = 32;

  private final Map<String, String> values;

  private Fields(Map<String, String> values) {
    this.values = values;
  }

  /** Reads a form or, by its media type, JSON; empty if it is neither. */
  static Optional<Fields> read(String mediaType, String body) {
    try {
      return Optional.of(new Fields(mediaType.contains("json") ? json(body) : form(body)));
    } catch (DecodeException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** A field's value; empty if it is not there. */
  String text(String name) {
    return values.getOrDefault(name, "");
  }

  private static Map<String, String> form(String body) {
    Map<String, String> values = new HashMap<>();
    for (String pair : body.split("&", MAX_FIELDS)) {
      int end = pair.indexOf('=');
      if (end > 0) {
        values.put(decode(pair.substring(0, end)), decode(pair.substring(end + 1)));
      }
    }
    return values;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static Map<String, String> json(String body) {
    Map<String, String> values = new HashMap<>();
    for (Map.Entry<String, Object> field : new JsonObject(body)) {
      if (field.getValue() instanceof String text && values.size() < MAX_FIELDS) {
        values.put(field.getKey(), text);
      }
    }
    return values;
  }
}
