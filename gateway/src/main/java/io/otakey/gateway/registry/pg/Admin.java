package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.AuditKeys;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.LeaseLostException;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.gateway.registry.pg.AuditWriter.Of;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What all administration shares: transactions, failures, the audit log. */
final class Admin {
  private static final String BY_KEYS =
      "set local enable_hashjoin = off; set local enable_mergejoin = off;"
          + " set local enable_seqscan = off; set local enable_bitmapscan = off";

  private final Pool pool;
  private final AuditWriter audit;

  Admin(Pool pool, AuditKeys keys) {
    this.pool = pool;
    this.audit = new AuditWriter(keys);
  }

  /** Runs the steps in one transaction. */
  <T> Future<T> change(Function<SqlConnection, Future<T>> steps) {
    return pool.withTransaction(
            connection -> {
              Database.quiet(connection);
              return steps.apply(connection);
            })
        .recover(Admin::mapFailure);
  }

  /**
   * Runs the steps in one transaction that commits after what it did was kept: an operator's action
   * is not asked for again, so it must not be missing there. One that was kept and then could not
   * be committed was not acknowledged.
   */
  <T> Future<T> change(
      ChangeLog changes,
      Function<SqlConnection, Future<T>> steps,
      Function<T, List<? extends Change>> what) {
    return change(
        connection ->
            steps.apply(connection).compose(done -> changes.keep(what.apply(done)).map(done)));
  }

  /** Runs statements that change nothing. */
  <T> Future<T> read(Function<SqlClient, Future<T>> statement) {
    return statement.apply(pool).recover(Admin::mapFailure);
  }

  private static <T> Future<T> mapFailure(Throwable failure) {
    boolean ours =
        failure instanceof IllegalArgumentException
            || failure instanceof IllegalStateException
            || failure instanceof RegistryBusyException
            || failure instanceof LeaseLostException;
    return Future.failedFuture(ours ? failure : Failures.unavailable(failure));
  }

  Future<Void> audit(
      SqlClient client,
      Actor actor,
      String action,
      @Nullable String productId,
      @Nullable String deviceId,
      String detail) {
    return auditEach(client, actor, action, List.of(new Of(productId, deviceId)), detail);
  }

  /** The same of several. */
  Future<Void> auditEach(
      SqlClient client, Actor actor, String action, List<Of> whats, String detail) {
    return audit.write(client, actor, action, whats, detail);
  }

  /** A future that fails with the problems, if there are any. */
  static Future<Void> accept(List<String> problems) {
    return problems.isEmpty()
        ? Future.succeededFuture()
        : Future.failedFuture(new IllegalArgumentException(String.join("; ", problems)));
  }

  static void requirePage(int limit, int max) {
    if (limit < 1 || limit > max) {
      throw new IllegalArgumentException("limit must be 1 to " + max);
    }
  }

  /**
   * Until the end of the transaction rows are looked up by keys, in the order of the keys. The
   * planner does not know how large a set is; and whoever locks devices in another order than
   * batches do, as they lie in the table, waits for one while it waits for him.
   */
  static Future<Void> byKeys(SqlConnection client) {
    return client.query(BY_KEYS).execute().mapEmpty();
  }

  static Future<Void> run(SqlClient client, String sql, Tuple values) {
    return client.preparedQuery(sql).execute(values).mapEmpty();
  }

  /** PostgreSQL knows no character 0, and one text must not spoil what is written with it. */
  static String storable(String text) {
    return text.replace("\0", "");
  }

  static <T> Optional<T> first(Iterable<T> rows) {
    for (T row : rows) {
      return Optional.of(row);
    }
    return Optional.empty();
  }
}
