package io.otakey.gateway.registry.pg;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An embedded PostgreSQL, looked at without starting or changing it. Blocks.
 *
 * @param made its data are there
 * @param version of the PostgreSQL that made them, as 17; empty if there are none
 * @param serving how to reach it; empty if it does not run
 */
public record EmbeddedExam(boolean made, String version, Optional<PgEndpoint> serving) {
  /**
   * Looks once.
   *
   * @throws DatabaseStartException with fault and remedy
   */
  public static EmbeddedExam of(EmbeddedDatabaseConfig config) {
    Path cluster = config.dataDirectory().toAbsolutePath().resolve("cluster");
    try {
      PostgresServer server = new PostgresServer(config.binariesDirectory(), cluster);
      if (Files.notExists(cluster.resolve("PG_VERSION"))) {
        return new EmbeddedExam(false, "", Optional.empty());
      }
      String password = EmbeddedDatabase.keptPassword(cluster.resolveSibling("password"));
      OptionalInt port = server.port();
      return new EmbeddedExam(
          true,
          Files.readString(cluster.resolve("PG_VERSION")).strip(),
          port.isPresent()
              ? Optional.of(
                  PgEndpoint.local(
                      port.getAsInt(), PostgresServer.DATABASE, PostgresServer.USER, password))
              : Optional.empty());
    } catch (IOException e) {
      throw new DatabaseStartException(
          "the database in " + config.dataDirectory() + " cannot be looked at: " + e.getMessage(),
          e);
    }
  }
}
