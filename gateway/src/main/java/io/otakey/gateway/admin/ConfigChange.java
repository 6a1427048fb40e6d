package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** One thing that applying a configuration changes, for people to read. */
record ConfigChange(Kind kind, String id, Action action, List<Field> fields) {
  /** What is changed. */
  enum Kind {
    CONNECTION,
    PLATFORM,
    WEBHOOK,
    PRODUCT,
    KEY
  }

  /** How. */
  enum Action {
    CREATE,
    UPDATE,
    /** Left to the operator. */
    IMPORT
  }

  /** One value, before and after; "none" where there is none. */
  record Field(String field, String from, String to) {}

  private static final String NONE = "none";

  ConfigChange {
    fields = List.copyOf(fields);
  }

  ObjectNode write() {
    ObjectNode json = Json.object();
    json.put("kind", Names.of(kind));
    json.put("id", id);
    json.put("action", Names.of(action));
    ArrayNode array = json.putArray("fields");
    fields.forEach(
        field ->
            array
                .addObject()
                .put("field", field.field())
                .put("from", field.from())
                .put("to", field.to()));
    return json;
  }

  /** Every leaf in which two trees differ. */
  static List<Field> differences(JsonNode from, JsonNode to) {
    Map<String, String> before = leaves(from);
    Map<String, String> after = leaves(to);
    TreeSet<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    List<Field> fields = new ArrayList<>();
    for (String name : names) {
      String old = before.getOrDefault(name, NONE);
      String fresh = after.getOrDefault(name, NONE);
      if (!old.equals(fresh)) {
        fields.add(new Field(name, old, fresh));
      }
    }
    return fields;
  }

  private static Map<String, String> leaves(JsonNode tree) {
    Map<String, String> leaves = new TreeMap<>();
    collect("", tree, leaves);
    return leaves;
  }

  private static void collect(String path, JsonNode node, Map<String, String> leaves) {
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      String name = path.isEmpty() ? member.getKey() : path + "." + member.getKey();
      if (member.getValue().isObject()) {
        collect(name, member.getValue(), leaves);
      } else {
        leaves.put(name, member.getValue().asText());
      }
    }
  }
}
