package io.otakey.loadgen.system;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands between a RabbitMQ and the hook that it asks. While it is shut the platform refuses every
 * login that it never let in before: it takes nobody new, and keeps whom it has.
 */
final class Doorkeeper implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("(?:^|&)username=([^&]*)");

  private final HttpServer server;
  private final ExecutorService workers = Executors.newFixedThreadPool(8);
  private final HttpClient client = HttpClient.newHttpClient();
  private final int hook;
  private final Set<String> known = ConcurrentHashMap.newKeySet();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private volatile boolean shut;

  private Doorkeeper(HttpServer server, int hook) {
    this.server = server;
    this.hook = hook;
  }

  static Doorkeeper before(int hook) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    Doorkeeper door = new Doorkeeper(server, hook);
    server.createContext("/", door::asked);
    server.setExecutor(door.workers);
    server.start();
    return door;
  }

  int port() {
    return server.getAddress().getPort();
  }

  void shut() {
    shut = true;
  }

  void open() {
    shut = false;
  }

  /** Logins that were refused here. */
  int turnedAway() {
    return turnedAway.get();
  }

  private void asked(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] form = exchange.getRequestBody().readAllBytes();
      Matcher name = NAME.matcher(new String(form, StandardCharsets.US_ASCII));
      boolean login = exchange.getRequestURI().getPath().endsWith("/user") && name.find();
      if (login && shut && !known.contains(name.group(1))) {
        turnedAway.incrementAndGet();
        answer(exchange, 200, "deny".getBytes(StandardCharsets.US_ASCII));
        return;
      }
      HttpResponse<byte[]> said = ask(exchange, form);
      if (login && new String(said.body(), StandardCharsets.US_ASCII).startsWith("allow")) {
        known.add(name.group(1));
      }
      answer(exchange, said.statusCode(), said.body());
    }
  }

  private HttpResponse<byte[]> ask(HttpExchange exchange, byte[] form) throws IOException {
    URI there = URI.create("http://127.0.0.1:" + hook + exchange.getRequestURI());
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    HttpRequest request =
        HttpRequest.newBuilder(there)
            .version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", type)
            .POST(BodyPublishers.ofByteArray(form))
            .build();
    try {
      return client.send(request, BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
