package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.pg.DatabaseStartException;
import io.otakey.gateway.registry.pg.EmbeddedDatabase;
import io.otakey.gateway.registry.pg.EmbeddedDatabaseConfig;
import io.otakey.gateway.registry.pg.PgEndpoint;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A gateway whose role owns nothing, as an operator sets it up. */
class DatabaseCommandTest {
  private static final String SERVANT = "otakey_gateway";
  private static final String OWNER = "otakey_owner";
  private static final String PASSWORD = "test-only";

  @TempDir private Path folder;

  private record Outcome(int code, String out) {}

  private static Outcome database(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    int code =
        new CommandLine(new DatabaseCommand(environment))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(out))
            .execute(arguments);
    return new Outcome(code, out.toString());
  }

  private static Map<String, String> settings(PgEndpoint server, String user) {
    return new HashMap<>(
        Map.of(
            "OTAKEY_DATABASE_HOST",
            "127.0.0.1",
            "OTAKEY_DATABASE_PORT",
            Integer.toString(server.port()),
            "OTAKEY_DATABASE_NAME",
            "fleet",
            "OTAKEY_DATABASE_USER",
            user,
            "OTAKEY_DATABASE_PASSWORD",
            PASSWORD));
  }

  /** As docs/operations.md has it. */
  private static void createRoles(PgEndpoint server) {
    Vertx vertx = Vertx.vertx();
    Pool pool = TestPool.open(vertx, server, 1);
    for (String role : new String[] {OWNER, SERVANT}) {
      TestGateway.await(
          pool.query("create role " + role + " login password '" + PASSWORD + "'").execute());
    }
    TestGateway.await(pool.query("create database fleet owner " + OWNER).execute());
    TestGateway.await(pool.close());
    TestGateway.await(vertx.close());
  }

  @Test
  void aRoleThatOwnsNothing_servesDevices_onceTheOwnerHasMadeTheSchema() throws Exception {
    EmbeddedDatabaseConfig config =
        new EmbeddedDatabaseConfig(
            folder.resolve("server"), Path.of("target", "postgres-programs"), 16, 60);
    try (EmbeddedDatabase server = EmbeddedDatabase.start(config)) {
      createRoles(server.endpoint());
      Path data = folder.resolve("data");
      Map<String, String> servant = settings(server.endpoint(), SERVANT);
      assertThatThrownBy(() -> TestGateway.start(data, servant))
          .isInstanceOf(DatabaseStartException.class)
          .hasMessageContaining("run 'otakey database migrate'");
      assertThat(database(servant, "migrate").out()).contains("its user may not make it");

      Map<String, String> owner = settings(server.endpoint(), OWNER);
      Outcome made = database(owner, "migrate", "--grant", SERVANT);
      assertThat(made.code()).as(made.out()).isZero();
      assertThat(made.out()).contains("for " + SERVANT);
      assertThat(database(owner, "migrate", "--grant", SERVANT).code()).as("again").isZero();
      try (TestGateway gateway = TestGateway.start(data, servant).withOpenProduct()) {
        TestDevice device = gateway.device("d1");
        TestDevice.Held held = gateway.enroll(device);
        gateway.commit(device, gateway.rotate(device, held));
      }
    }
  }

  @Test
  void whatCannotBeDone_isSaidWithWhatToDo() {
    Outcome embedded = database(Map.of(), "migrate");
    assertThat(embedded.code()).isEqualTo(1);
    assertThat(embedded.out()).contains("database.host is not set");
    assertThat(database(Map.of(), "grants", "Bad\"Role").out()).contains("use small letters");
    assertThat(database(Map.of("OTAKEY_DATABASE_PORT", "x"), "migrate").out())
        .contains("database.port must be a whole number");
    assertThat(database(Map.of(), "migrate", "--bogus").code()).isEqualTo(2);
  }

  @Test
  void grants_arePrintedForWhoeverGivesThemByHand() {
    Outcome outcome = database(Map.of(), "grants", SERVANT);
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .contains("grant select, insert on table audit to \"" + SERVANT + "\";")
        .doesNotContain("delete on table device to");
  }
}
