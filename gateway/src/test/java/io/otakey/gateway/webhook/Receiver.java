package io.otakey.gateway.webhook;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A real HTTP server that webhooks post to, and that verifies signatures by code of its own. */
public final class Receiver implements AutoCloseable {
  /** Everything that came, in order. */
  public final List<Post> posts = new CopyOnWriteArrayList<>();

  private final HttpServer server;
  private volatile Consumer<HttpServerRequest> mood = Receiver::ok;

  /** One request. */
  public record Post(String id, String timestamp, String signature, Buffer body) {
    public JsonObject json() {
      return body.toJsonObject();
    }

    public List<JsonObject> events() {
      JsonArray array = json().getJsonArray("events");
      List<JsonObject> events = new ArrayList<>();
      array.forEach(event -> events.add((JsonObject) event));
      return events;
    }

    /** Whether one of the signatures is right, as the specification of them says. */
    public boolean isSignedBy(String secret) {
      byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.US_ASCII));
        String right = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body.getBytes()));
        return List.of(signature.split(" ", -1)).contains(right);
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }
  }

  public Receiver(Vertx vertx) {
    this(vertx, new HttpServerOptions());
  }

  public Receiver(Vertx vertx, HttpServerOptions options) {
    this.server = vertx.createHttpServer(options.setHost("127.0.0.1").setPort(0));
    server.requestHandler(
        request ->
            request
                .body()
                .onSuccess(
                    body -> {
                      posts.add(
                          new Post(
                              request.getHeader("webhook-id"),
                              request.getHeader("webhook-timestamp"),
                              request.getHeader("webhook-signature"),
                              body));
                      mood.accept(request);
                    }));
    try {
      server.listen().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  public static void ok(HttpServerRequest request) {
    request.response().setStatusCode(204).end();
  }

  /** From now on it answers so. */
  public void mood(Consumer<HttpServerRequest> now) {
    mood = now;
  }

  public int port() {
    return server.actualPort();
  }

  public String url() {
    return "http://127.0.0.1:" + port() + "/hook";
  }

  /** All events of all posts, in the order they came. */
  public List<JsonObject> events() {
    return posts.stream().flatMap(post -> post.events().stream()).toList();
  }

  public List<String> devices() {
    return events().stream().map(event -> event.getString("deviceId")).toList();
  }

  @Override
  public void close() {
    server.close();
  }
}
