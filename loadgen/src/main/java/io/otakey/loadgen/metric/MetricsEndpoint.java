package io.otakey.loadgen.metric;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Meters for Prometheus, at {@code /metrics}. */
public final class MetricsEndpoint implements AutoCloseable {
  private static final int BACKLOG = 8;

  private final LoadMeters meters;
  private final HttpServer server;

  /**
   * Answers from now on.
   *
   * @param address port 0: any that is free
   * @throws IOException if nobody can listen there
   */
  public MetricsEndpoint(LoadMeters meters, InetSocketAddress address) throws IOException {
    this.meters = meters;
    this.server = HttpServer.create(address, BACKLOG);
    server.createContext("/metrics", this::answer);
    server.start();
  }

  /** Where it answers. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] text = meters.scrape().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(200, text.length);
      exchange.getResponseBody().write(text);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
