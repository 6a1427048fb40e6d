package io.otakey.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A platform of kind rabbitmq that answers everything, a second late; and who asks for it. */
final class SlowPlatform implements AutoCloseable {
  private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int ASKING = 12;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ExecutorService asking = Executors.newFixedThreadPool(ASKING);

  SlowPlatform() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", SlowPlatform::answer);
    server.setExecutor(threads);
    server.start();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    LockSupport.parkNanos(LATE_NANOS);
    byte[] body = "{\"tags\":[\"administrator\"]}".getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** In the background, so many at once. */
  void ask(Callable<?> question) {
    var unused = asking.submit(question);
  }

  @Override
  public void close() {
    asking.shutdownNow();
    server.stop(0);
    threads.shutdownNow();
  }
}
