package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseTest {
  /** One for all tests, since making a cluster takes seconds; every test leaves it usable. */
  @TempDir static Path directory;

  private final Vertx vertx = Vertx.vertx();

  /** The process of a gateway that the test kills. */
  static final class Gateway {
    private Gateway() {}

    public static void main(String[] arguments) throws InterruptedException {
      EmbeddedDatabase.start(config(Path.of(arguments[0])));
      System.out.println("started");
      Thread.currentThread().join();
    }
  }

  private static EmbeddedDatabaseConfig config(Path directory) {
    return new EmbeddedDatabaseConfig(directory, TestDatabase.BINARIES, 16, 40);
  }

  @AfterEach
  void closeVertx() {
    Await.get(vertx.close());
  }

  private List<Row> sql(EmbeddedDatabase server, String statement) {
    Database database = Await.get(Database.open(vertx, server.endpoint(), PgTuning.DEFAULT));
    List<Row> rows = Await.get(database.admin().query(statement).execute()).stream().toList();
    Await.get(database.close());
    return rows;
  }

  private static ProcessHandle process(EmbeddedDatabase server) {
    try {
      return server.process().orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void start_isDurableAndAsksForThePassword() throws IOException {
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config(directory))) {
      for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
        assertThat(sql(server, "show " + setting).get(0).getString(0)).isEqualTo("on");
      }
      assertThat(sql(server, "show max_wal_size").get(0).getString(0)).isEqualTo("1GB");
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(directory.resolve("password"))))
          .isEqualTo("rw-------");
      PgEndpoint good = server.endpoint();
      PgEndpoint bad = PgEndpoint.local(good.port(), good.database(), good.user(), "wrong");
      assertThatThrownBy(() -> Await.get(Database.open(vertx, bad, PgTuning.DEFAULT)))
          .isInstanceOf(DatabaseStartException.class)
          .hasMessageContaining("password");
      assertThat(good.toString()).doesNotContain(good.password());
    }
  }

  @Test
  void start_whileAnotherGatewayUsesTheDirectory_isRefused() {
    EmbeddedDatabase first = EmbeddedDatabase.start(config(directory));
    try (first) {
      assertThatThrownBy(() -> EmbeddedDatabase.start(config(directory)))
          .isInstanceOf(DatabaseStartException.class)
          .hasMessageContaining("another gateway uses the database")
          .hasMessageContaining(directory.toString());
    }
  }

  @Test
  void start_afterAGatewayWasKilled_takesItsDataOver() throws Exception {
    Process gateway =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Gateway.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output = gateway.inputReader(StandardCharsets.UTF_8)) {
      List<String> lines = new ArrayList<>();
      while (!lines.contains("started")) {
        String line = output.readLine();
        assertThat(line).as("output after %s", lines).isNotNull();
        lines.add(line);
      }
      gateway.destroyForcibly();
      assertThat(gateway.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    long orphan = pidIn(directory);
    assertThat(ProcessHandle.of(orphan)).as("the server outlives its gateway").isPresent();
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config(directory))) {
      Await.until("the old server ends", () -> ProcessHandle.of(orphan).isEmpty());
      assertThat(sql(server, "select 1")).hasSize(1);
      assertThat(process(server).pid()).isNotEqualTo(orphan);
    }
  }

  private static long pidIn(Path directory) throws IOException {
    Path file = directory.resolve("cluster").resolve("postmaster.pid");
    return Long.parseLong(Files.readAllLines(file).get(0).strip());
  }

  @Test
  void start_withThePidOfAnUnrelatedProcess_leavesThatAlone() throws Exception {
    EmbeddedDatabase.start(config(directory)).close();
    Process unrelated = new ProcessBuilder("sleep", "300").start();
    try {
      Path pidFile = directory.resolve("cluster").resolve("postmaster.pid");
      Files.writeString(pidFile, unrelated.pid() + "\n" + directory + "\n1\n1\n\n127.0.0.1\n1 1\n");
      EmbeddedDatabase.start(config(directory)).close();
      assertThat(unrelated.isAlive()).isTrue();
    } finally {
      unrelated.destroyForcibly();
    }
  }

  @Test
  void start_withAnEmptyPidFile_forgetsIt() throws Exception {
    EmbeddedDatabase.start(config(directory)).close();
    Files.createFile(directory.resolve("cluster").resolve("postmaster.pid"));
    EmbeddedDatabase.start(config(directory)).close();
  }

  @Test
  void start_afterStop_keepsPortAndData() {
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config(directory))) {
      sql(server, "create table kept_over_stop as select 42 as answer");
      int port = server.endpoint().port();
      server.stop();
      server.start();
      assertThat(server.endpoint().port()).isEqualTo(port);
      assertThat(sql(server, "select answer from kept_over_stop").get(0).getInteger(0))
          .isEqualTo(42);
    }
  }

  @Test
  void server_thatDies_isStartedAgain() {
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config(directory))) {
      sql(server, "create table kept as select 42 as answer");
      ProcessHandle first = process(server);
      assertThat(first.destroyForcibly()).isTrue();
      Await.until("the first one is gone", () -> !first.isAlive());
      Await.until(
          "another one serves",
          () -> {
            try {
              return server.process().isPresent()
                  && sql(server, "select answer from kept").get(0).getInteger(0) == 42;
            } catch (IOException | DatabaseStartException notYet) {
              return false;
            }
          });
    }
  }

  @Test
  void start_withoutThePasswordOfExistingData_namesTheRemedy() throws IOException {
    EmbeddedDatabase.start(config(directory)).close();
    Path password = directory.resolve("password");
    Path elsewhere = directory.resolve("elsewhere");
    Files.move(password, elsewhere);
    assertThatThrownBy(() -> EmbeddedDatabase.start(config(directory)))
        .isInstanceOf(DatabaseStartException.class)
        .hasMessageContaining("put back");
    Files.move(elsewhere, password);
  }

  @Test
  void start_onDataOfAnotherMajorVersion_namesBoth() throws IOException {
    EmbeddedDatabase.start(config(directory)).close();
    Path version = directory.resolve("cluster").resolve("PG_VERSION");
    String own = Files.readString(version);
    Files.writeString(version, "12\n");
    assertThatThrownBy(() -> EmbeddedDatabase.start(config(directory)))
        .isInstanceOf(DatabaseStartException.class)
        .hasMessageContaining("PostgreSQL 12")
        .hasMessageContaining("PostgreSQL 17");
    Files.writeString(version, own);
  }
}
