package io.otakey.gateway.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Speaks to the administration API. Blocking. */
final class ApiConnection {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofMinutes(5);
  private static final byte[] NOTHING = new byte[0];

  private final String url;
  private final String token;
  private final HttpClient http;

  ApiConnection(String url, String token, SSLContext tls) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.token = token;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .sslContext(tls)
            .build();
  }

  /** Escapes a part of a path or query. */
  static String escape(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  JsonNode get(String path) throws IOException {
    return json(bytes("GET", path, null, NOTHING));
  }

  JsonNode send(String method, String path, JsonNode body) throws IOException {
    return json(bytes(method, path, "application/json", JSON.writeValueAsBytes(body)));
  }

  /** A POST without body. */
  JsonNode act(String path) throws IOException {
    return json(bytes("POST", path, null, NOTHING));
  }

  void delete(String path) throws IOException {
    bytes("DELETE", path, null, NOTHING);
  }

  byte[] download(String path) throws IOException {
    return bytes("GET", path, null, NOTHING);
  }

  JsonNode upload(String path, String mediaType, byte[] body) throws IOException {
    return json(bytes("POST", path, mediaType, body));
  }

  /** An answer of any length; close it. */
  InputStream stream(String method, String path, @Nullable String mediaType, byte[] body)
      throws IOException {
    HttpResponse<InputStream> response =
        exchange(request(method, path, mediaType, body), BodyHandlers.ofInputStream());
    return body(response);
  }

  /** A stream of server-sent events; close it. */
  InputStream events(String path) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(request("GET", path, null, NOTHING), (name, value) -> true)
            .header("Accept", "text/event-stream")
            .build();
    return body(exchange(request, BodyHandlers.ofInputStream()));
  }

  private static InputStream body(HttpResponse<InputStream> response) throws IOException {
    if (response.statusCode() >= 400) {
      try (InputStream problem = response.body()) {
        throw RefusedException.of(response.statusCode(), problem.readAllBytes());
      }
    }
    return response.body();
  }

  private byte[] bytes(String method, String path, @Nullable String mediaType, byte[] body)
      throws IOException {
    HttpResponse<byte[]> response =
        exchange(request(method, path, mediaType, body), BodyHandlers.ofByteArray());
    if (response.statusCode() >= 400) {
      throw RefusedException.of(response.statusCode(), response.body());
    }
    return response.body();
  }

  private HttpRequest request(String method, String path, @Nullable String mediaType, byte[] body) {
    BodyPublisher publisher =
        body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
    HttpRequest.Builder request;
    try {
      request = HttpRequest.newBuilder(URI.create(url + path));
    } catch (IllegalArgumentException e) {
      throw new CommandException("'" + url + "' is no address: mend --url or OTAKEY_URL");
    }
    request.timeout(ANSWER).header("Authorization", "Bearer " + token);
    if (mediaType != null) {
      request.header("Content-Type", mediaType);
    }
    return request.method(method, publisher).build();
  }

  private <T> HttpResponse<T> exchange(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    try {
      return http.send(request, handler);
    } catch (IOException e) {
      throw new UnreachableException(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted");
    }
  }

  private static JsonNode json(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new CommandException("the answer is not JSON: does --url lead to the API?");
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory failed", e);
    }
  }
}
