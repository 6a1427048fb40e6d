package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of a JSON object, and collects a sentence for each that is missing, of the
 * wrong kind or unknown. A required member in error reads as empty; look at the faults before use.
 */
final class Fields {
  private final JsonNode node;
  private final String where;
  private final List<String> faults;
  private final Set<String> known = new HashSet<>();

  private Fields(JsonNode node, String where, List<String> faults) {
    this.node = node;
    this.where = where;
    this.faults = faults;
    if (!node.isObject()) {
      faults.add((where.isEmpty() ? "the body" : where) + " must be an object");
    }
  }

  /** Reads all of a body's members; one problem for all faults. */
  static void read(JsonNode body, Consumer<Fields> reader, List<String> faults) {
    Fields fields = new Fields(body, "", faults);
    reader.accept(fields);
    fields.checkUnknown();
  }

  List<String> faults() {
    return faults;
  }

  String text(String name) {
    Optional<String> text = optionalText(name);
    if (text.isEmpty()) {
      require(name);
    }
    return text.orElse("");
  }

  Optional<String> optionalText(String name) {
    JsonNode value = member(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      fault(name, "must be a text");
      return Optional.empty();
    }
    return Optional.of(value.textValue());
  }

  long integer(String name, long min, long max) {
    OptionalLong value = optionalInteger(name, min, max);
    if (value.isEmpty()) {
      require(name);
    }
    return value.orElse(min);
  }

  OptionalLong optionalInteger(String name, long min, long max) {
    JsonNode value = member(name);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      fault(name, "must be a whole number");
      return OptionalLong.empty();
    }
    if (value.longValue() < min || value.longValue() > max) {
      fault(name, "is outside " + min + ".." + max);
      return OptionalLong.empty();
    }
    return OptionalLong.of(value.longValue());
  }

  OptionalDouble optionalNumber(String name) {
    JsonNode value = member(name);
    if (value != null && !value.isNumber()) {
      fault(name, "must be a number");
    }
    return value == null || !value.isNumber()
        ? OptionalDouble.empty()
        : OptionalDouble.of(value.doubleValue());
  }

  boolean flag(String name, boolean otherwise) {
    JsonNode value = member(name);
    if (value != null && !value.isBoolean()) {
      fault(name, "must be true or false");
    }
    return value == null ? otherwise : value.booleanValue();
  }

  boolean requiredFlag(String name) {
    if (member(name) == null) {
      require(name);
    }
    return flag(name, false);
  }

  Optional<Instant> time(String name) {
    return optionalText(name)
        .flatMap(
            text -> {
              Optional<Instant> time = instant(text);
              if (time.isEmpty()) {
                fault(name, "must be a time as 2026-01-31T12:00:00Z");
              }
              return time;
            });
  }

  <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
    return optionalText(name)
        .flatMap(
            text -> {
              Optional<E> value = Names.find(type, text);
              if (value.isEmpty()) {
                fault(name, "must be one of " + Names.all(type));
              }
              return value;
            });
  }

  List<String> texts(String name, int most) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : elements(name, most)) {
      if (element.isTextual()) {
        texts.add(element.textValue());
      } else {
        fault(name, "must hold texts only");
        break;
      }
    }
    return texts;
  }

  List<Long> integers(String name, int most, long min, long max) {
    List<Long> integers = new ArrayList<>();
    for (JsonNode element : elements(name, most)) {
      boolean whole = element.isIntegralNumber() && element.canConvertToLong();
      long value = whole ? element.longValue() : min - 1;
      if (value < min || value > max) {
        fault(name, "must hold whole numbers in " + min + ".." + max);
        break;
      }
      integers.add(value);
    }
    return integers;
  }

  /** The members of an object; none of it is required. */
  Optional<Fields> object(String name) {
    JsonNode value = member(name);
    return value == null ? Optional.empty() : Optional.of(new Fields(value, path(name), faults));
  }

  /** The texts of an object, by name, at most so many. */
  Optional<Map<String, String>> textsByName(String name, int most) {
    return object(name)
        .map(
            object -> {
              Map<String, String> texts = new TreeMap<>();
              object.node.fieldNames().forEachRemaining(key -> texts.put(key, object.text(key)));
              if (texts.size() > most) {
                fault(name, "has more than " + most + " members");
              }
              return texts;
            });
  }

  /** The objects of an array; call {@link #checkUnknown} on each. */
  List<Fields> objects(String name, int most) {
    List<Fields> objects = new ArrayList<>();
    for (JsonNode element : elements(name, most)) {
      objects.add(new Fields(element, path(name) + "[" + objects.size() + "]", faults));
    }
    return objects;
  }

  boolean has(String name) {
    return member(name) != null;
  }

  /** Adds a fault for every member that nobody asked for. */
  void checkUnknown() {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!known.contains(entry.getKey())) {
        fault(entry.getKey(), "is not known here: leave it out or mend its name");
      }
    }
  }

  void fault(String name, String what) {
    faults.add(path(name) + " " + what);
  }

  /** Adds faults that speak of members of this object. */
  void faults(List<String> more) {
    more.forEach(fault -> faults.add(where.isEmpty() ? fault : where + ": " + fault));
  }

  static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private JsonNode elements(String name, int most) {
    JsonNode value = member(name);
    if (value == null) {
      return Json.none();
    }
    if (!value.isArray()) {
      fault(name, "must be a list");
      return Json.none();
    }
    if (value.size() > most) {
      fault(name, "has more than " + most + " entries: send them in several requests");
      return Json.none();
    }
    return value;
  }

  private void require(String name) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      fault(name, "is missing");
    }
  }

  private @Nullable JsonNode member(String name) {
    known.add(name);
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private String path(String name) {
    return where.isEmpty() ? name : where + "." + name;
  }
}
