package io.otakey.loadgen.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The administration API, as far as runs need it; for any thread. */
public final class Admin {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final String url;
  private final String token;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /**
   * An API; nothing is asked yet.
   *
   * @throws NodeException if the file with the token cannot be read
   */
  public Admin(String url, Path tokenFile) throws NodeException {
    this.url = url;
    try {
      this.token = Files.readString(tokenFile).strip();
    } catch (IOException e) {
      throw new NodeException("the admin token cannot be read from " + tokenFile, e);
    }
  }

  /** Creates a product with its first key, if it is not there. */
  public void createProduct(String id, boolean allowList, int connection)
      throws NodeException, InterruptedException {
    if (ask("GET", "/products/" + id, "", "application/json").statusCode() == 200) {
      return;
    }
    Map<String, Object> policy = Map.of("allowList", allowList);
    call(
        "POST",
        "/products",
        json(Map.of("id", id, "name", id, "policy", policy, "connectionId", connection)));
    call("POST", "/products/" + id + "/keys", "{}");
  }

  /** What the factory gets of a product. */
  public String bundle(String product) throws NodeException, InterruptedException {
    return call("GET", "/products/" + product + "/bundle", "");
  }

  /**
   * The same as a page of flash, in Intel HEX, for devices of this machine.
   *
   * @param page its address, as 0x0007F000
   */
  public String bundleAsHex(String product, String page)
      throws NodeException, InterruptedException {
    String options = "?format=hex&gatewayAddress=127.0.0.1&pageAddress=" + page;
    return call("GET", "/products/" + product + "/bundle" + options, "");
  }

  /** Epoch of the key that a device has confirmed; 0: none, or the gateway does not know it. */
  public long epoch(String product, String device) throws NodeException, InterruptedException {
    String path = "/products/" + product + "/devices/" + device;
    HttpResponse<String> answer = ask("GET", path, "", "application/json");
    return answer.statusCode() == 200 ? tree(answer.body()).path("epoch").asLong() : 0;
  }

  /** Registers devices, which may enroll then. */
  public void register(String product, List<String> ids)
      throws NodeException, InterruptedException {
    String csv = "deviceId\n" + String.join("\n", ids) + "\n";
    HttpResponse<String> answer = ask("POST", "/products/" + product + "/devices", csv, "text/csv");
    if (answer.statusCode() >= 300) {
      throw new NodeException("devices cannot be registered: " + answer.body());
    }
  }

  /** Stores a connection to a platform on this machine; its id. */
  public int createConnection(String platform, int port)
      throws NodeException, InterruptedException {
    Map<String, Object> connection =
        Map.of("platformId", platform, "scheme", "mqtt", "host", "127.0.0.1", "port", port);
    return tree(call("POST", "/connections", json(connection))).path("id").asInt();
  }

  /** Begins a campaign over a product; its id. */
  public long campaign(String product, Map<String, Object> goal, int perSecond, Duration timeout)
      throws NodeException, InterruptedException {
    Map<String, Object> order = new java.util.HashMap<>(goal);
    order.put("name", "experiment");
    order.put("target", Map.of("products", List.of(product)));
    order.put("pace", Map.of("perSecond", perSecond));
    order.put("timeoutSeconds", timeout.toSeconds());
    order.put("start", true);
    return tree(call("POST", "/campaigns", json(order))).path("id").asLong();
  }

  /** What an operator orders after the database was lost: all devices are recovered. */
  public void recover() throws NodeException, InterruptedException {
    call("POST", "/recovery/recover", "");
  }

  /** Ends the recovery of a product. */
  public void closeRecovery(String product) throws NodeException, InterruptedException {
    call("POST", "/products/" + product + "/recovery/close", "");
  }

  /** One call; the body of its answer. */
  public String call(String method, String path, String body)
      throws NodeException, InterruptedException {
    HttpResponse<String> answer = ask(method, path, body, "application/json");
    if (answer.statusCode() >= 300) {
      throw new NodeException(method + " " + path + " was refused: " + answer.body());
    }
    return answer.body();
  }

  private HttpResponse<String> ask(String method, String path, String body, String type)
      throws NodeException, InterruptedException {
    HttpRequest.BodyPublisher content =
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", type)
            .timeout(PATIENCE)
            .method(method, content)
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new NodeException("the gateway's API does not answer at " + url + path, e);
    }
  }

  private static String json(Object value) {
    return JSON.valueToTree(value).toString();
  }

  private static JsonNode tree(String json) throws NodeException {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new NodeException("the gateway's API answered no JSON", e);
    }
  }
}
