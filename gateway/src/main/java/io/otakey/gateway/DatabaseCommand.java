package io.otakey.gateway;

import io.otakey.gateway.config.ConfigException;
import io.otakey.gateway.config.ConfigReader;
import io.otakey.gateway.registry.pg.DatabaseStartException;
import io.otakey.gateway.registry.pg.PgEndpoint;
import io.otakey.gateway.registry.pg.PgSchema;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code otakey database}: for installations whose gateways log in as a role that owns nothing.
 * Exit code 0: done; 1: refused, with the remedy; 2: wrong command line.
 */
@Command(
    name = "database",
    description = "Makes the schema for gateways that may not, and lets their role use it.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class DatabaseCommand {
  private final Map<String, String> environment;

  @Spec private @Nullable CommandSpec spec;

  /** As {@code otakey database}. */
  DatabaseCommand() {
    this(System.getenv());
  }

  /** With an environment of its own, for tests. */
  DatabaseCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Command(
      name = "migrate",
      description = {
        "Brings the schema up to date, over database.user of the configuration, who has to own the"
            + " database. Gateways may serve meanwhile."
      },
      mixinStandardHelpOptions = true)
  int migrate(
      @Option(
              names = "--config",
              paramLabel = "FILE",
              description = "YAML file; the environment goes over it.")
          @Nullable Path file,
      @Option(
              names = "--grant",
              paramLabel = "ROLE",
              description = "Give the gateways' role what they need, and nothing else.")
          @Nullable String role) {
    try {
      Optional<PgEndpoint> endpoint =
          ConfigReader.read(Optional.ofNullable(file), environment).config().database().external();
      if (endpoint.isEmpty()) {
        return refused("database.host is not set: an embedded PostgreSQL is migrated at the start");
      }
      migrate(endpoint.get(), Optional.ofNullable(role));
      out().println("schema version " + PgSchema.newest() + (role == null ? "" : ", for " + role));
      out().flush();
      return 0;
    } catch (ConfigException | DatabaseStartException e) {
      return refused(e.getMessage());
    }
  }

  @Command(
      name = "grants",
      description = "Prints the SQL that lets a role use the newest schema, and nothing else.",
      mixinStandardHelpOptions = true)
  int grants(@Parameters(paramLabel = "ROLE", description = "of the gateways") String role) {
    try {
      out().print(PgSchema.grants(role));
      out().flush();
      return 0;
    } catch (DatabaseStartException e) {
      return refused(e.getMessage());
    }
  }

  private static void migrate(PgEndpoint endpoint, Optional<String> role) {
    Vertx vertx = Vertx.vertx();
    try {
      PgSchema.migrate(vertx, endpoint, role).await(); // a large table takes as long as it takes
    } finally {
      Waiting.forDone(vertx.close());
    }
  }

  private int refused(@Nullable String why) {
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    err.println(why);
    err.flush();
    return 1;
  }

  private PrintWriter out() {
    return Objects.requireNonNull(spec).commandLine().getOut();
  }
}
