package io.otakey.gateway.platform;

import io.otakey.gateway.MosquittoNode;
import io.otakey.gateway.RabbitNode;
import io.otakey.gateway.platform.mosquitto.MosquittoKind;
import io.otakey.gateway.platform.rabbitmq.RabbitKind;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * How many logins a connector makes and takes back in a second, on real brokers. A main, not a
 * test: {@code ./otakey bench platforms}.
 */
public final class ConnectorBench {
  private static final int RABBIT_LOGINS = 2000;
  private static final int MOSQUITTO_LOGINS = 200;

  private final Vertx vertx;
  private final Context loop;

  private ConnectorBench(Vertx vertx) {
    this.vertx = vertx;
    this.loop = vertx.getOrCreateContext();
  }

  /** Prints a line for each kind and operation. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Vertx vertx = Vertx.vertx();
    ConnectorBench bench = new ConnectorBench(vertx);
    try (RabbitNode node =
        RabbitNode.startWithManagement(Files.createDirectories(folder.resolve("rabbitmq")))) {
      String url = "http://127.0.0.1:" + node.managementPort();
      bench.run(
          new RabbitKind(), settings(url, RabbitNode.USER, RabbitNode.PASSWORD), RABBIT_LOGINS);
    }
    try (MosquittoNode node =
        MosquittoNode.start(Files.createDirectories(folder.resolve("mosquitto")))) {
      String url = "mqtt://127.0.0.1:" + node.mqttPort();
      bench.run(
          new MosquittoKind(),
          settings(url, MosquittoNode.USER, MosquittoNode.PASSWORD),
          MOSQUITTO_LOGINS);
    }
    vertx.close().await(1, TimeUnit.MINUTES);
  }

  private static Settings settings(String url, String user, String password) {
    return new Settings(
        Map.of("url", url, "user", user, "timeout", "60"), Map.of("password", password));
  }

  /** Half of the logins uncounted, to warm up, then all of them. */
  private void run(ConnectorKind kind, Settings settings, int count) throws Exception {
    PlatformConnector connector = kind.connect(vertx, settings);
    List<Credential> credentials = credentials(count);
    List<Login> logins = credentials.stream().map(Credential::login).toList();
    timed(connector, credentials.subList(0, count / 2), connector::prepare);
    timed(connector, logins.subList(0, count / 2), connector::retire);
    double prepared = timed(connector, credentials, connector::prepare);
    double retired = timed(connector, logins, connector::retire);
    System.out.printf(
        Locale.ROOT,
        "platform %s: %,d logins, prepared %,.0f a second, retired %,.0f a second%n",
        kind.name(),
        count,
        prepared,
        retired);
    connector.close().await(1, TimeUnit.MINUTES);
  }

  /** Logins a second, by as many calls at once as the connector wants. */
  private <T> double timed(
      PlatformConnector connector, List<T> all, Function<List<T>, Future<List<Outcome>>> call)
      throws Exception {
    List<List<T>> batches = new ArrayList<>();
    for (int from = 0; from < all.size(); from += connector.maxBatch()) {
      batches.add(all.subList(from, Math.min(from + connector.maxBatch(), all.size())));
    }
    long start = System.nanoTime();
    List<Future<Void>> lanes = new ArrayList<>();
    for (int lane = 0; lane < connector.lanes(); lane++) {
      Promise<Void> promise = Promise.promise();
      int first = lane;
      loop.runOnContext(v -> next(batches, first, connector.lanes(), call).onComplete(promise));
      lanes.add(promise.future());
    }
    Future.all(lanes).await(10, TimeUnit.MINUTES);
    return all.size() * 1e9 / (System.nanoTime() - start);
  }

  private static <T> Future<Void> next(
      List<List<T>> batches, int index, int step, Function<List<T>, Future<List<Outcome>>> call) {
    if (index >= batches.size()) {
      return Future.succeededFuture();
    }
    return call.apply(batches.get(index))
        .compose(
            outcomes ->
                outcomes.stream().allMatch(Outcome.DONE::equals)
                    ? next(batches, index + step, step, call)
                    : Future.failedFuture("not done: " + outcomes));
  }

  private static List<Credential> credentials(int count) {
    List<Credential> credentials = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String device = "bench-" + i;
      Token token = Token.of(ByteBuffer.allocate(15).putInt(11, i).array());
      Login login =
          new Login(
              new DeviceRef("meter", device),
              token,
              "meter." + device + "." + token.hex(),
              "meter." + device,
              "devices/meter/" + device + "/");
      credentials.add(new Credential(login, "test-only-" + "s".repeat(33)));
    }
    return credentials;
  }
}
