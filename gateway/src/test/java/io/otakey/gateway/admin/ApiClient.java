package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.gateway.admin.Contract.Operation;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A client that holds every exchange against the contract: the answer's status, media type and body
 * must stand there, and so must the body of every request that was accepted.
 */
final class ApiClient {
  static final Contract CONTRACT = Contract.load();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Map<String, Validator> VALIDATORS = new ConcurrentHashMap<>();
  private static final String CONTRACT_URI = "urn:otakey:contract";
  private static final JsonSchemaOptions OPTIONS =
      new JsonSchemaOptions().setDraft(Draft.DRAFT202012).setBaseUri("urn:otakey:test");

  /** The contract's own schemas, read once. */
  private static final SchemaRepository SCHEMAS =
      SchemaRepository.create(OPTIONS)
          .dereference(
              CONTRACT_URI,
              JsonSchema.of(
                  new JsonObject()
                      .put(
                          "components",
                          new JsonObject(CONTRACT.document().path("components").toString()))));

  /** An answer that is as the contract says. */
  record Answer(int status, HttpResponse<byte[]> response) {
    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    JsonNode json() {
      return parse(text());
    }

    List<JsonNode> lines() {
      return text().lines().map(ApiClient::parse).toList();
    }

    Optional<String> header(String name) {
      return response.headers().firstValue(name);
    }

    Answer expect(int wanted) {
      assertThat(status).as(text()).isEqualTo(wanted);
      return this;
    }

    /** The problem's text. */
    String problem(int wanted) {
      return expect(wanted).json().path("detail").asText();
    }
  }

  private final String url;
  private final @Nullable String token;
  private final String name;

  ApiClient(String url, @Nullable String token) {
    this(url, token, BootstrapToken.NAME);
  }

  ApiClient(String url, @Nullable String token, String name) {
    this.url = url;
    this.token = token;
    this.name = name;
  }

  /** The actor that the audit log should show. */
  String name() {
    return name;
  }

  /** The same token at another API. */
  ApiClient at(String otherUrl) {
    return new ApiClient(otherUrl, token, name);
  }

  Answer get(String path) {
    return send("GET", path, null, "");
  }

  Answer post(String path, String json) {
    return send("POST", path, "application/json", json);
  }

  /** A POST without body. */
  Answer act(String path) {
    return send("POST", path, null, "");
  }

  Answer put(String path, String json) {
    return send("PUT", path, "application/json", json);
  }

  Answer delete(String path) {
    return send("DELETE", path, null, "");
  }

  Answer send(String method, String path, @Nullable String mediaType, String body) {
    return send(method, path, mediaType, body.getBytes(StandardCharsets.UTF_8));
  }

  Answer send(String method, String path, @Nullable String mediaType, byte[] body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(60));
    request.method(
        method,
        body.length == 0
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofByteArray(body));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    if (mediaType != null) {
      request.header("Content-Type", mediaType);
    }
    try {
      HttpResponse<byte[]> response =
          HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      Answer answer = new Answer(response.statusCode(), response);
      check(method, path, mediaType, body, answer);
      return answer;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(method + " " + path, e);
    }
  }

  private static void check(
      String method, String path, @Nullable String mediaType, byte[] body, Answer answer) {
    String plain = path.replaceAll("\\?.*", "");
    Optional<Operation> operation =
        CONTRACT.operations().stream()
            .filter(known -> known.method().name().equals(method) && known.matches(plain))
            .min((a, b) -> Integer.compare(a.path().indexOf('{'), b.path().indexOf('{')));
    String what = method + " " + path + ": " + answer.status();
    if (answer.status() >= 400) {
      assertThat(answer.header("Content-Type")).as(what).hasValue(Problem.MEDIA_TYPE);
      validate(what, schema("Problem"), answer.text());
      return;
    }
    assertThat(operation).as(what + " is not in the contract").isPresent();
    checkAnswer(what, operation.get(), answer);
    JsonNode wanted = operation.get().node().path("requestBody").path("content");
    if (mediaType != null && mediaType.equals("application/json")) {
      validate(
          what + " (request)",
          wanted.path(mediaType).path("schema"),
          new String(body, StandardCharsets.UTF_8));
    }
  }

  private static void checkAnswer(String what, Operation operation, Answer answer) {
    JsonNode documented =
        operation.node().path("responses").path(Integer.toString(answer.status()));
    assertThat(documented.isMissingNode()).as(what + " is not in the contract").isFalse();
    JsonNode content = CONTRACT.resolve(documented).path("content");
    if (content.isMissingNode()) {
      assertThat(answer.text()).as(what).isEmpty();
      return;
    }
    String mediaType = answer.header("Content-Type").orElse("").replaceAll(";.*", "");
    JsonNode schema = content.path(mediaType).path("schema");
    assertThat(schema.isMissingNode()).as(what + " as " + mediaType).isFalse();
    if (mediaType.equals("application/json")) {
      validate(what, schema, answer.text());
    } else if (mediaType.equals("application/x-ndjson")) {
      answer.text().lines().limit(50).forEach(line -> validate(what, schema, line));
    } else if (mediaType.equals("application/yaml") && !schema.path("$ref").isMissingNode()) {
      validate(what, schema, Json.yamlDocument(answer.response().body()).toString());
    }
  }

  private static JsonNode schema(String name) {
    return JSON.createObjectNode().put("$ref", "#/components/schemas/" + name);
  }

  private static void validate(String what, JsonNode schema, String json) {
    Validator validator = VALIDATORS.computeIfAbsent(schema.toString(), ApiClient::validator);
    OutputUnit result = validator.validate(new JsonObject(json));
    assertThat(result.getValid()).as("%s%n%s%n%s", what, json, result.getErrors()).isTrue();
  }

  private static Validator validator(String schema) {
    return SCHEMAS.validator(
        JsonSchema.of(new JsonObject(schema.replace("\"#/", "\"" + CONTRACT_URI + "#/"))), OPTIONS);
  }

  static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(json, e);
    }
  }
}
