package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Role;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The API's contract, {@code openapi.yaml}: what is routed, and who may use it. */
final class Contract {
  /** What an operation is about, hence which products a token must see. */
  enum Scope {
    /** Anybody's. */
    OPEN,
    /** One product, named in the path. */
    PRODUCT,
    /** Lists and documents, of which a caller sees only what belongs to its products. */
    FILTERED,
    /** The whole installation; not for tokens that are limited. */
    INSTALLATION
  }

  /**
   * One operation.
   *
   * @param path with parameters in braces
   * @param role the least that may use it; empty = no token needed
   * @param query names of the parameters it knows
   * @param consumes media types of its body; empty = it takes none
   * @param node what the contract says of it
   */
  record Operation(
      String id,
      HttpMethod method,
      String path,
      Optional<Role> role,
      Scope scope,
      Set<String> query,
      Set<String> consumes,
      JsonNode node) {
    /** The path as the router wants it. */
    String routerPath() {
      return path.replaceAll("\\{(\\w+)}", ":$1");
    }

    boolean matches(String actual) {
      return actual.matches(path.replaceAll("\\{\\w+}", "[^/]+"));
    }
  }

  private static final String RESOURCE = "/openapi.yaml";
  private static final Set<String> METHODS = Set.of("get", "post", "put", "delete");

  private final byte[] text;
  private final JsonNode document;
  private final List<Operation> operations;

  private Contract(byte[] text) {
    this.text = text;
    this.document = Json.yamlDocument(text);
    this.operations = readOperations();
  }

  static Contract load() {
    try (InputStream in = Contract.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("openapi.yaml is not on the class path: build anew");
      }
      return new Contract(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("openapi.yaml cannot be read", e);
    }
  }

  byte[] text() {
    return text;
  }

  JsonNode document() {
    return document;
  }

  List<Operation> operations() {
    return operations;
  }

  /** Methods that a path knows; empty if there is no such path. */
  List<String> methods(String path) {
    return operations.stream()
        .filter(operation -> operation.matches(path))
        .map(operation -> operation.method().name())
        .distinct()
        .sorted()
        .toList();
  }

  /** The node itself, or what its reference points to. */
  JsonNode resolve(JsonNode node) {
    JsonNode reference = node.path("$ref");
    return reference.isTextual() ? document.at(reference.asText().substring(1)) : node;
  }

  private List<Operation> readOperations() {
    List<Operation> read = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> entry : path.getValue().properties()) {
        if (METHODS.contains(entry.getKey())) {
          read.add(readOperation(path.getKey(), entry.getKey(), entry.getValue()));
        }
      }
    }
    return List.copyOf(read);
  }

  private Operation readOperation(String path, String method, JsonNode node) {
    String role = node.path("x-role").asText();
    Set<String> query =
        StreamSupport.stream(node.path("parameters").spliterator(), false)
            .map(this::resolve)
            .filter(parameter -> parameter.path("in").asText().equals("query"))
            .map(parameter -> parameter.path("name").asText())
            .collect(Collectors.toUnmodifiableSet());
    Set<String> consumes =
        node.path("requestBody").path("content").properties().stream()
            .map(Map.Entry::getKey)
            .collect(Collectors.toUnmodifiableSet());
    return new Operation(
        node.path("operationId").asText(),
        HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)),
        path,
        role.equals("none") ? Optional.empty() : Optional.of(find(Role.class, role, path)),
        find(Scope.class, node.path("x-scope").asText(), path),
        query,
        consumes,
        node);
  }

  private static <E extends Enum<E>> E find(Class<E> type, String text, String where) {
    return Names.find(type, text)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "openapi.yaml, " + where + ": '" + text + "' is none of " + Names.all(type)));
  }
}
