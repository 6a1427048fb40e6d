package io.otakey.gateway.registry.pg;

import io.otakey.gateway.batch.BatchWork;
import io.otakey.gateway.batch.BatchWork.OnFailure;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.gateway.registry.RegistryUnavailableException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.DatabaseException;
import java.net.UnknownHostException;
import java.util.Set;

/** What failures of the database mean. */
final class Failures {
  /** Deadlock; serialization failure. */
  private static final Set<String> RACED = Set.of("40P01", "40001");

  /** Shutting down or starting, too many connections, read-only: a standby that will be primary. */
  private static final Set<String> AWAY = Set.of("57P01", "57P02", "57P03", "53300", "25006");

  private static final String CONNECTION_CLASS = "08";

  private Failures() {}

  static OnFailure judge(Throwable failure) {
    if (!(failure instanceof DatabaseException database)) {
      // The driver's, not the database's: no connection, a broken one, none free in time.
      return failure instanceof RuntimeException bug && isBug(bug)
          ? OnFailure.GIVE_UP
          : OnFailure.AGAIN_LATER;
    }
    String state = state(database);
    if (RACED.contains(state)) {
      return OnFailure.AGAIN;
    }
    return AWAY.contains(state) || state.startsWith(CONNECTION_CLASS)
        ? OnFailure.AGAIN_LATER
        : OnFailure.GIVE_UP;
  }

  /** The user lacks a right. */
  static boolean isRefusal(Throwable failure) {
    return failure instanceof DatabaseException database && state(database).equals("42501");
  }

  /** What an operator does about a database that cannot be reached or used. */
  static String remedy(Throwable failure, PgEndpoint endpoint) {
    String state = failure instanceof DatabaseException database ? state(database) : "";
    return switch (state) {
      case "28P01" -> "check database.user and OTAKEY_DATABASE_PASSWORD";
      case "28000" -> "let " + endpoint.user() + " log in from here in the server's pg_hba.conf";
      case "3D000" -> "make it there: createdb -O " + endpoint.user() + " " + endpoint.database();
      case "53300" -> "raise its max_connections, or end whoever holds connections";
      case "42501" ->
          "let "
              + endpoint.user()
              + " own the database, or run 'otakey database migrate --grant "
              + endpoint.user()
              + "' as who does";
      case "" ->
          failure instanceof UnknownHostException
              ? "check database.host, or the resolver of this machine"
              : "check that it runs and that this machine may reach database.host and database.port";
      default -> "check that it runs, and host, port, user and password";
    };
  }

  private static String state(DatabaseException failure) {
    return failure.getSqlState() == null ? "" : failure.getSqlState();
  }

  private static boolean isBug(RuntimeException failure) {
    return failure instanceof NullPointerException
        || failure instanceof ClassCastException
        || failure instanceof IndexOutOfBoundsException
        || failure instanceof IllegalArgumentException;
  }

  static RegistryUnavailableException unavailable(Throwable cause) {
    String detail =
        cause instanceof PgException database
            ? database.getSqlState() + " " + database.getErrorMessage()
            : String.valueOf(cause.getMessage());
    return new RegistryUnavailableException("database: " + detail, cause);
  }

  static RegistryBusyException busy(BatchWork.Refused why) {
    return new RegistryBusyException(
        switch (why) {
          case QUEUE_FULL -> "too many requests wait for the database";
          case TOO_OLD -> "the database did not answer in time";
          case TOO_MANY_TRIES -> "too many writers on one device";
          case CLOSED -> "the registry is closed";
        });
  }
}
