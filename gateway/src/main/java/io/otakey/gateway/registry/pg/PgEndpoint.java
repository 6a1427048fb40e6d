package io.otakey.gateway.registry.pg;

import io.vertx.pgclient.SslMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the database is and how to log in.
 *
 * @param host name or address
 * @param port 1..65535
 * @param password never printed
 * @param sslMode how the connection is protected
 * @param caFile PEM file with the authority of the server's certificate; needed to verify it
 */
public record PgEndpoint(
    String host,
    int port,
    String database,
    String user,
    String password,
    SslMode sslMode,
    Optional<Path> caFile) {
  /** A database without TLS, for the loopback interface. */
  public static PgEndpoint local(int port, String database, String user, String password) {
    return new PgEndpoint(
        "127.0.0.1", port, database, user, password, SslMode.DISABLE, Optional.empty());
  }

  /** The same server and user, another database. */
  public PgEndpoint withDatabase(String name) {
    return new PgEndpoint(host, port, name, user, password, sslMode, caFile);
  }

  /** Adds a sentence for everything that cannot work. */
  public void validate(List<String> problems) {
    if (host.isBlank() || database.isBlank() || user.isBlank()) {
      problems.add("database.host, database.name and database.user must not be empty");
    }
    if (port < 1 || port > 65_535) {
      problems.add("database.port is outside 1..65535");
    }
    boolean verifies = sslMode == SslMode.VERIFY_CA || sslMode == SslMode.VERIFY_FULL;
    if (verifies && caFile.isEmpty()) {
      problems.add("database.ssl verifies the server: set database.caFile to its authority (PEM)");
    }
    caFile
        .filter(file -> !Files.isReadable(file))
        .ifPresent(file -> problems.add("database.caFile cannot be read: " + file));
  }

  @Override
  public String toString() {
    return user + "@" + host + ":" + port + "/" + database;
  }
}
