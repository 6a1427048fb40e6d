package io.otakey.gateway.registry.pg;

import io.otakey.gateway.metric.PoolMeters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to one database: a pool for the hot path, which administration cannot starve, and one
 * for everything else.
 */
final class Database {
  private static final Logger log = LoggerFactory.getLogger(Database.class);

  /** A dead network path is noticed after this time. */
  private static final int TCP_USER_TIMEOUT_MS = 15_000;

  private static final int CONNECT_TIMEOUT_MS = 5_000;

  /**
   * For a connection of the pool. Generous: where a busy machine lets the event loop stand still, a
   * connection that comes as the wait ends is lost, and whoever waits for it waits for good.
   */
  private static final int POOL_TIMEOUT_MS = 30_000;

  /**
   * One plan for all batches, by primary keys only: the tables' statistics of a young database
   * would suggest scans that no longer fit minutes later.
   */
  private static final Map<String, String> HOT =
      Map.of(
          "application_name", "otakey",
          "plan_cache_mode", "force_generic_plan",
          "enable_seqscan", "off",
          "enable_bitmapscan", "off",
          "enable_mergejoin", "off",
          "jit", "off",
          "statement_timeout", "10s");

  /**
   * A node that freezes, or is cut off, in the middle of a transaction gives its locks back in the
   * time that its leases last.
   */
  static final Map<String, String> ADMIN =
      Map.of(
          "application_name", "otakey-admin",
          "statement_timeout", "10min",
          "idle_in_transaction_session_timeout", "10s");

  private static final Map<String, String> LISTENER =
      Map.of("application_name", "otakey-listen", "statement_timeout", "10s");

  /** Names of the settings without which the database may lose what it acknowledged, now off. */
  static final String NOT_DURABLE =
      "select name from pg_settings where name in ('fsync', 'synchronous_commit',"
          + " 'full_page_writes') and setting = 'off' order by name";

  private final PgEndpoint endpoint;
  private final Pool hot;
  private final Pool admin;

  private Database(Vertx vertx, PgEndpoint endpoint, PgTuning tuning) {
    this.endpoint = endpoint;
    this.hot = pool(vertx, options(endpoint, HOT), PoolMeters.HOT, tuning.hotConnections());
    this.admin = pool(vertx, options(endpoint, ADMIN), PoolMeters.ADMIN, tuning.adminConnections());
  }

  /**
   * Connects, migrates, and checks that its user may do everything and commits are durable. Fails
   * with {@link DatabaseStartException}.
   */
  static Future<Database> open(Vertx vertx, PgEndpoint endpoint, PgTuning tuning) {
    Database database = new Database(vertx, endpoint, tuning);
    return Migrations.apply(database.admin)
        .compose(v -> database.checkRights())
        .compose(v -> NewCluster.settle(database.admin))
        .compose(v -> database.checkDurable())
        .map(database)
        .recover(
            failure ->
                database
                    .close()
                    .transform(closed -> Future.failedFuture(explain(failure, endpoint))));
  }

  /** The driver prints what a connection dies of, unless told; whoever uses it learns it anyway. */
  static void quiet(SqlConnection connection) {
    connection.exceptionHandler(
        failure -> log.debug("connection to the database lost: {}", failure.getMessage()));
  }

  Pool hot() {
    return hot;
  }

  Pool admin() {
    return admin;
  }

  /** For a connection that listens. */
  PgConnectOptions listenOptions() {
    return options(endpoint, LISTENER);
  }

  Future<Void> close() {
    return Future.join(hot.close(), admin.close()).mapEmpty();
  }

  /** Better at the start than with the first device that needs it. */
  private Future<Void> checkRights() {
    return admin
        .query(Grants.LACKING)
        .mapping(row -> row.getString(0))
        .execute()
        .compose(
            rows -> {
              List<String> lacking = rows.stream().toList();
              return lacking.isEmpty()
                  ? Future.succeededFuture()
                  : Future.failedFuture(
                      new DatabaseStartException(
                          endpoint.user()
                              + " lacks "
                              + String.join(", ", lacking)
                              + ": run 'otakey database migrate --grant "
                              + endpoint.user()
                              + "' as the role that owns the tables"));
            });
  }

  private Future<Void> checkDurable() {
    return hot.query(NOT_DURABLE)
        .mapping(row -> row.getString(0))
        .execute()
        .compose(
            rows -> {
              List<String> off = rows.stream().toList();
              return off.isEmpty()
                  ? Future.succeededFuture()
                  : Future.failedFuture(
                      new DatabaseStartException(
                          "the database may lose what it acknowledged: switch on "
                              + String.join(", ", off)));
            });
  }

  static DatabaseStartException explain(Throwable failure, PgEndpoint endpoint) {
    return failure instanceof DatabaseStartException known
        ? known
        : new DatabaseStartException(
            "the database at "
                + endpoint
                + " cannot be used: "
                + failure.getMessage()
                + " ("
                + Failures.remedy(failure, endpoint)
                + ")",
            failure);
  }

  static Pool pool(Vertx vertx, PgConnectOptions options, String name, int size) {
    NetClientOptions net = new NetClientOptions();
    net.setConnectTimeout(CONNECT_TIMEOUT_MS);
    net.setTcpKeepAlive(true);
    net.setTcpUserTimeout(TCP_USER_TIMEOUT_MS);
    return PgBuilder.pool()
        .with(
            new PoolOptions()
                .setName(name)
                .setMaxSize(size)
                .setConnectionTimeout(POOL_TIMEOUT_MS)
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
        .with(net)
        .connectingTo(options)
        .using(vertx)
        .build();
  }

  static PgConnectOptions options(PgEndpoint endpoint, Map<String, String> settings) {
    PgConnectOptions options =
        new PgConnectOptions()
            .setHost(endpoint.host())
            .setPort(endpoint.port())
            .setDatabase(endpoint.database())
            .setUser(endpoint.user())
            .setPassword(endpoint.password())
            .setSslMode(endpoint.sslMode())
            .setCachePreparedStatements(true)
            .setPreparedStatementCacheSqlLimit(Integer.MAX_VALUE)
            .setProperties(settings);
    if (endpoint.sslMode() != SslMode.DISABLE) {
      ClientSSLOptions ssl = new ClientSSLOptions();
      endpoint
          .caFile()
          .ifPresentOrElse(
              file ->
                  ssl.setTrustOptions(new PemTrustOptions().addCertPath(file.toString()))
                      .setHostnameVerificationAlgorithm(
                          endpoint.sslMode() == SslMode.VERIFY_FULL ? "HTTPS" : ""),
              () -> ssl.setTrustAll(true));
      options.setSslOptions(ssl);
    }
    return options;
  }
}
