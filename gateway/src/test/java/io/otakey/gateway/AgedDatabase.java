package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.pg.PgEndpoint;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A PostgreSQL from the system's packages with a transaction that was prepared and forgotten, and
 * 1.1 billion numbers of transactions given out since, by PostgreSQL's own tool: its vacuum cannot
 * freeze anything. The server that the gateway brings along lacks the tool.
 */
final class AgedDatabase implements AutoCloseable {
  private static final long NEXT = 1_100_000_000;

  /** Transactions whose outcome one file of pg_xact keeps, and its bytes. */
  private static final long PER_FILE = 1 << 20;

  private static final int FILE_BYTES = 1 << 18;

  private final Path programs;
  private final Path cluster;
  private final int port;

  private AgedDatabase(Path programs, Path cluster, int port) {
    this.programs = programs;
    this.cluster = cluster;
    this.port = port;
  }

  static AgedDatabase start(Path cluster) throws IOException, InterruptedException {
    AgedDatabase database = new AgedDatabase(programs(), cluster, BrokerNode.freePorts(1).get(0));
    database.run("initdb", "--auth=trust", "--username=otakey", "--pgdata=" + cluster);
    Files.writeString(
        cluster.resolve("postgresql.conf"),
        "port = "
            + database.port
            + "\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''"
            + "\nmax_prepared_transactions = 2\n",
        StandardOpenOption.APPEND);
    database.control("start");
    database.forget();
    database.control("stop");
    database.run("pg_resetwal", "--next-transaction-id=" + NEXT, "--pgdata=" + cluster);
    Files.write(
        cluster.resolve("pg_xact").resolve("%04X".formatted(NEXT / PER_FILE)),
        new byte[FILE_BYTES]);
    database.control("start");
    return database;
  }

  private static Path programs() throws IOException {
    Path versions = Path.of("/usr/lib/postgresql");
    assertThat(versions).as("'apt-get install postgresql': its pg_resetwal").isDirectory();
    try (Stream<Path> all = Files.list(versions)) {
      return all.map(version -> version.resolve("bin")).max(Path::compareTo).orElseThrow();
    }
  }

  /** A transaction that holds up every vacuum, through restarts. */
  private void forget() {
    Vertx vertx = Vertx.vertx();
    Pool pool = TestPool.open(vertx, endpoint(), 1);
    TestGateway.await(
        pool.withConnection(
            connection ->
                connection
                    .query("begin")
                    .execute()
                    .compose(v -> connection.query("create table forgotten ()").execute())
                    .compose(v -> connection.query("prepare transaction 'forgotten'").execute())));
    TestGateway.await(pool.close());
    TestGateway.await(vertx.close());
  }

  private PgEndpoint endpoint() {
    return PgEndpoint.local(port, "postgres", "otakey", "none");
  }

  /** For a gateway on it. */
  Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("OTAKEY_DATABASE_HOST", "127.0.0.1");
    settings.put("OTAKEY_DATABASE_PORT", Integer.toString(port));
    settings.put("OTAKEY_DATABASE_NAME", "postgres");
    settings.put("OTAKEY_DATABASE_USER", "otakey");
    settings.put("OTAKEY_DATABASE_PASSWORD", "none");
    settings.put("OTAKEY_DATABASE_SSL", "disable");
    settings.put("OTAKEY_CENSUS_EVERY", "1");
    return settings;
  }

  private void control(String verb) throws IOException, InterruptedException {
    run("pg_ctl", verb, "--wait", "--pgdata=" + cluster, "--log=" + cluster.resolve("log"));
  }

  /** PostgreSQL does not run as root; in a user namespace it is somebody else. */
  private void run(String program, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("unshare", "--user"));
    }
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    Path said = cluster.resolveSibling(program);
    int exit =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start()
            .waitFor();
    assertThat(exit).as(Files.readString(said)).isZero();
  }

  @Override
  public void close() throws IOException {
    try {
      control("stop");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
