package io.otakey.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.pg.EmbeddedDatabase;
import io.otakey.gateway.registry.pg.EmbeddedDatabaseConfig;
import io.otakey.gateway.registry.pg.PgEndpoint;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Gateways on one PostgreSQL server whose database is backed up, lost and put back under them. A
 * backup is a copy of the whole database by its server.
 */
final class RecoveryBed implements AutoCloseable {
  private static final Actor TESTER = new Actor("tester", "local");
  private static final String LIVE = "live";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final EmbeddedDatabase server;
  private final Pool sql;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<TestGateway> nodes = new ArrayList<>();
  private byte[] keySource = new byte[0];

  RecoveryBed(Path folder) {
    this.folder = folder;
    server =
        EmbeddedDatabase.start(
            new EmbeddedDatabaseConfig(
                folder.resolve("server"), Path.of("target", "postgres-programs"), 64, 100));
    PgEndpoint endpoint = server.endpoint();
    sql = TestPool.open(vertx, endpoint, 1);
    run("create database " + LIVE);
  }

  private void run(String statement) {
    TestGateway.await(sql.query(statement).execute());
  }

  /** Connections of a test's own to the database of all nodes; the caller closes them. */
  Pool live(int connections) {
    return TestPool.open(vertx, server.endpoint().withDatabase(LIVE), connections);
  }

  /** A node with a data folder of its own; all share vault and first token. */
  TestGateway start(String name, Map<String, String> more) throws IOException {
    TestGateway node = TestGateway.start(data(name), settings(more));
    nodes.add(node);
    return node;
  }

  /** What a node is told, wherever it runs. */
  Map<String, String> settings(Map<String, String> more) {
    PgEndpoint endpoint = server.endpoint();
    Map<String, String> settings = new HashMap<>();
    settings.put("OTAKEY_DATABASE_HOST", endpoint.host());
    settings.put("OTAKEY_DATABASE_PORT", Integer.toString(endpoint.port()));
    settings.put("OTAKEY_DATABASE_NAME", LIVE);
    settings.put("OTAKEY_DATABASE_USER", endpoint.user());
    settings.put("OTAKEY_DATABASE_PASSWORD", endpoint.password());
    settings.put("OTAKEY_DATABASE_SSL", "disable");
    settings.put("OTAKEY_EXCHANGE_GRANTSPERHOUR", "100000");
    settings.put("OTAKEY_EXCHANGE_REMEMBEREDGRANTS", "2");
    settings.put("OTAKEY_MQTTS_ENABLED", "false");
    settings.put("OTAKEY_HTTPS_ENABLED", "false");
    settings.putAll(more);
    return settings;
  }

  /** A node's data folder, with what all share. */
  Path data(String name) throws IOException {
    Path data = Files.createDirectories(folder.resolve(name));
    for (String shared : List.of("vault.json", "admin-token")) {
      Path first = folder.resolve("node").resolve(shared);
      if (Files.exists(first) && Files.notExists(data.resolve(shared))) {
        Files.copy(first, data.resolve(shared), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return data;
  }

  TestGateway start() throws IOException {
    return start("node", Map.of());
  }

  void stop(TestGateway node) {
    nodes.remove(node);
    node.close();
  }

  Path journal(String node) {
    return folder.resolve(node).resolve("journal");
  }

  /** The product of the fleet, with the key that it always had. */
  void product(TestGateway node) {
    if (keySource.length == 0) {
      keySource = node.vault().newSource();
    }
    var products = node.gateway().behind().products();
    EnrollmentPolicy open = EnrollmentPolicy.DEFAULT.withAllowList(false);
    TestGateway.await(
        products.create(TESTER, TestGateway.PRODUCT, new ProductSettings("Fleet", open, 0)));
    TestGateway.await(
        products.addKey(TESTER, TestGateway.PRODUCT, OptionalInt.of(1), keySource.clone()));
    TestGateway.await(products.refresh());
  }

  int connection(TestGateway node, String platform) {
    Connection connection =
        new Connection(
            platform,
            "mqtt",
            "127.0.0.1",
            1,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    return TestGateway.await(node.gateway().behind().connections().create(TESTER, connection)).id();
  }

  /** Copies the database as it is, gateways or not. */
  void backup(String name) {
    run("drop database if exists " + name);
    alone(() -> run("create database " + name + " template " + LIVE));
  }

  /** Puts the backup in the database's place, under the nodes that run. */
  void putBack(String name) {
    alone(
        () -> {
          run("drop database " + LIVE);
          run("create database " + LIVE + " template " + name);
        });
  }

  /** An empty database in its place. */
  void lose() {
    alone(
        () -> {
          run("drop database " + LIVE);
          run("create database " + LIVE);
        });
  }

  /** Nobody else is connected meanwhile; nodes come back by themselves. */
  private void alone(Runnable action) {
    run("alter database " + LIVE + " with allow_connections false");
    run(
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '"
            + LIVE
            + "'");
    action.run();
    run("alter database " + LIVE + " with allow_connections true");
  }

  /** A request to a node's administration API with the first token; the status is 200. */
  String admin(TestGateway node, String method, String path) throws Exception {
    HttpResponse<String> answer = ask(node, method, path);
    if (answer.statusCode() != 200) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
    return answer.body();
  }

  HttpResponse<String> ask(TestGateway node, String method, String path) throws Exception {
    return ask(node, token("node"), method, path, "");
  }

  /** As somebody else. */
  HttpResponse<String> ask(TestGateway node, Path token, String method, String path, String body)
      throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(AdminLine.url(node) + path))
            .header("Authorization", "Bearer " + Files.readString(token).strip())
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** The first token, in the file that made it. */
  Path token(String node) {
    return folder.resolve(node).resolve("admin-token");
  }

  /** Another token, in a file of its own. */
  Path token(TestGateway node, String name, String role) throws Exception {
    String wanted = "{\"name\":\"" + name + "\",\"role\":\"" + role + "\"}";
    HttpResponse<String> made = ask(node, token("node"), "POST", "/tokens", wanted);
    String token = JSON.readTree(made.body()).path("token").asText();
    return Files.writeString(folder.resolve("token-of-" + name), token);
  }

  /** Whether a node holds devices off and says so. */
  boolean isHeld(TestGateway node) {
    return health(node).body().contains("\"recovery\":\"down\"");
  }

  boolean isReady(TestGateway node) {
    return health(node).statusCode() == 200;
  }

  private HttpResponse<String> health(TestGateway node) {
    try {
      return ask(node, "GET", "/health/ready");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Until a node has seen every commit that there was. */
  void looked(TestGateway node) throws Exception {
    long commits = JSON.readTree(admin(node, "GET", "/recovery")).path("commits").asLong();
    until(
        "the node looked",
        () -> {
          try {
            JsonNode now = JSON.readTree(admin(node, "GET", "/recovery"));
            return now.path("commitsSeenHere").asLong() >= commits;
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  JsonNode progress(TestGateway node) throws Exception {
    return JSON.readTree(admin(node, "GET", "/products/" + TestGateway.PRODUCT + "/recovery"));
  }

  /**
   * {@code otakey admin} with the first token; what it prints.
   *
   * @param code that it has to end with
   */
  String cli(TestGateway node, int code, String... words) {
    return cli(node, token("node"), code, words);
  }

  /** As somebody else. */
  String cli(TestGateway node, Path token, int code, String... words) {
    return AdminLine.run(node, token, code, words);
  }

  static void until(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within 60 s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Override
  public void close() {
    List.copyOf(nodes).forEach(this::stop);
    TestGateway.await(sql.close());
    TestGateway.await(vertx.close());
    server.close();
  }
}
