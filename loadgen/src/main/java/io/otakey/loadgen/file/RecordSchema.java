package io.otakey.loadgen.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** JSON Schema (draft 2020-12) of what {@link RecordReader} reads, made from the same records. */
public final class RecordSchema {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RecordSchema() {}

  /** The schema of files of a type. */
  public static JsonNode of(Class<? extends Record> type, String title) {
    ObjectNode schema = JSON.createObjectNode();
    schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.put("title", title);
    schema.setAll(record(type));
    return schema;
  }

  private static ObjectNode record(Class<?> type) {
    ObjectNode schema = JSON.createObjectNode();
    schema.put("type", "object");
    schema.put("additionalProperties", false);
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = schema.putArray("required");
    for (RecordComponent component : type.getRecordComponents()) {
      Field field = RecordReader.field(component);
      String key = RecordReader.key(component);
      ObjectNode property = scaled(component.getGenericType(), field);
      property.put("description", field.value());
      properties.set(key, property);
      if (component.getType() != Optional.class && field.fallback().isEmpty()) {
        required.add(key);
      } else if (!field.fallback().isEmpty()) {
        property.put("$comment", "if left out: " + field.fallback());
      }
    }
    return schema;
  }

  private static ObjectNode scaled(Type type, Field field) {
    if (Types.raw(type) == Map.class || isRecord(Types.inner(type))) {
      return value(type, field);
    }
    ObjectNode schema = JSON.createObjectNode();
    ArrayNode either = schema.putArray("anyOf");
    either.add(value(type, field));
    ObjectNode byScale = either.addObject();
    byScale.put("type", "object");
    byScale.put("additionalProperties", false);
    byScale.put("minProperties", 1);
    ObjectNode properties = byScale.putObject("properties");
    for (Scale scale : Scale.values()) {
      properties.set(scale.key(), value(type, field));
    }
    return schema;
  }

  private static ObjectNode value(Type type, Field field) {
    Class<?> raw = Types.raw(type);
    if (raw == Optional.class) {
      return value(Types.argument(type, 0), field);
    }
    ObjectNode schema = JSON.createObjectNode();
    if (raw == List.class) {
      schema.put("type", "array");
      schema.set("items", value(Types.argument(type, 0), field));
      return schema;
    }
    if (raw == Map.class) {
      schema.put("type", "object");
      ArrayNode types = schema.putObject("additionalProperties").putArray("type");
      List.of("string", "number", "boolean").forEach(types::add);
      return schema;
    }
    return isRecord(raw) ? record(raw) : scalar(raw, field, schema);
  }

  private static ObjectNode scalar(Class<?> type, Field field, ObjectNode schema) {
    if (type.isEnum()) {
      Scalars.keys(type).forEach(schema.putArray("enum")::add);
    } else if (type == boolean.class) {
      schema.put("type", "boolean");
    } else if (type == Duration.class) {
      schema.put("type", "string").put("pattern", "^" + Scalars.DURATION + "$");
    } else if (type == int.class || type == long.class) {
      bounds(schema.put("type", "integer"), field);
    } else if (type == double.class) {
      ArrayNode either = schema.putArray("anyOf");
      bounds(either.addObject().put("type", "number"), field);
      either.addObject().put("type", "string").put("pattern", "^" + Scalars.SHARE + "$");
    } else {
      schema.putArray("type").add("string").add("number").add("boolean");
      if (!field.pattern().isEmpty()) {
        schema.put("pattern", "^(" + field.pattern() + ")$");
      }
    }
    return schema;
  }

  private static void bounds(ObjectNode schema, Field field) {
    schema.put("minimum", field.min()).put("maximum", field.max());
  }

  private static boolean isRecord(Class<?> type) {
    return type.isRecord() && !Scalars.isScalar(type);
  }
}
