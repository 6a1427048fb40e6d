package io.otakey.gateway.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Arrays;

/** JSON and YAML with limits: depth, length of numbers and names, no duplicate members. */
final class Json {
  private static final StreamReadConstraints LIMITS =
      StreamReadConstraints.builder()
          .maxNestingDepth(16)
          .maxNumberLength(32)
          .maxNameLength(256)
          .build();
  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(LIMITS)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final ObjectMapper YAML =
      new ObjectMapper(
              YAMLFactory.builder()
                  .streamReadConstraints(LIMITS)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Json() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static JsonNode text(String text) {
    return JsonNodeFactory.instance.textNode(text);
  }

  static JsonNode number(long number) {
    return JsonNodeFactory.instance.numberNode(number);
  }

  /** An empty array. */
  static JsonNode none() {
    return JsonNodeFactory.instance.arrayNode();
  }

  static byte[] bytes(JsonNode node) {
    return write(JSON, node);
  }

  /** One line of NDJSON, its end included. */
  static byte[] line(JsonNode node) {
    byte[] json = bytes(node);
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return line;
  }

  static byte[] yaml(JsonNode node) {
    return write(YAML, node);
  }

  /** Reads a JSON body. */
  static JsonNode parse(Buffer body) {
    return read(JSON, body.getBytes(), "JSON");
  }

  /** Reads a YAML body. */
  static JsonNode parseYaml(Buffer body) {
    return read(YAML, body.getBytes(), "YAML");
  }

  /** Reads one line of NDJSON; fails if it is not JSON. */
  static JsonNode parseLine(byte[] line) throws IOException {
    return JSON.readTree(line);
  }

  static JsonNode yamlDocument(byte[] text) {
    return read(new ObjectMapper(new YAMLFactory()), text, "YAML");
  }

  private static JsonNode read(ObjectMapper mapper, byte[] body, String what) {
    try {
      return mapper.readTree(body);
    } catch (JsonProcessingException e) {
      // The parser's own message may quote the body, and that may hold a key.
      JsonLocation at = e.getLocation();
      throw notRead(
          what,
          at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")");
    } catch (IOException e) {
      throw notRead(what, ""); // bytes that are no text: nothing else fails in memory
    }
  }

  private static ProblemException notRead(String what, String where) {
    return Problem.of(
            Problem.Kind.BAD_REQUEST,
            "the body is not "
                + what
                + where
                + ": mend it there; members must not repeat and"
                + " nesting has at most 16 levels")
        .exception();
  }

  private static byte[] write(ObjectMapper mapper, JsonNode node) {
    try {
      return mapper.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of our own cannot be written", e);
    }
  }
}
