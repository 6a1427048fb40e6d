package io.otakey.gateway.platform.rest;

import io.otakey.gateway.platform.net.HttpLink;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What stands for the placeholders of a template, <code>${name}</code>. A value is always data: it
 * is encoded for the URL that it comes into, and JSON is filled as a tree, never as text.
 */
record Values(Map<String, String> all) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}");
  private static final String AS_TEXT = "$json";
  private static final Pattern PRINTABLE = Pattern.compile("[ -~]*");

  Values {
    all = Map.copyOf(all);
  }

  /** Without the values. */
  @Override
  public String toString() {
    return "Values" + all.keySet();
  }

  /** These and more. */
  Values and(Map<String, String> more) {
    Map<String, String> both = new HashMap<>(all);
    both.putAll(more);
    return new Values(both);
  }

  /** Names of placeholders in a text. */
  static Set<String> names(String text) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = PLACEHOLDER.matcher(text);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  /** Part of a URL: each value becomes part of one segment. */
  String url(String template) {
    return fill(template, HttpLink::segment);
  }

  /** A header's value. */
  String header(String template) {
    return fill(
        template,
        value -> {
          if (!PRINTABLE.matcher(value).matches()) {
            throw new UnfitException("a value does not fit into a header");
          }
          return value;
        });
  }

  /** Every text in the tree, names of members excepted; {@code {"$json": tree}} becomes a text. */
  Object json(Object template) {
    if (template instanceof JsonObject object) {
      if (object.size() == 1 && object.containsKey(AS_TEXT)) {
        return Json.encode(jsonOrNull(object.getValue(AS_TEXT)));
      }
      JsonObject filled = new JsonObject();
      object.forEach(member -> filled.put(member.getKey(), jsonOrNull(member.getValue())));
      return filled;
    }
    if (template instanceof JsonArray array) {
      JsonArray filled = new JsonArray();
      array.forEach(element -> filled.add(jsonOrNull(element)));
      return filled;
    }
    return template instanceof String text ? fill(text, UnaryOperator.identity()) : template;
  }

  private @Nullable Object jsonOrNull(@Nullable Object template) {
    return template == null ? null : json(template);
  }

  private String fill(String template, UnaryOperator<String> encoded) {
    return PLACEHOLDER
        .matcher(template)
        .replaceAll(
            match -> {
              String value = all.get(match.group(1));
              if (value == null) {
                throw new UnfitException("there is no ${" + match.group(1) + "}");
              }
              return Matcher.quoteReplacement(encoded.apply(value));
            });
  }

  /** A value cannot stand where the template wants it. */
  static final class UnfitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnfitException(String why) {
      super(why, null, false, false);
    }
  }
}
