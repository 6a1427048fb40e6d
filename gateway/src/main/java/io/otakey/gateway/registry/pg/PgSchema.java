package io.otakey.gateway.registry.pg;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

/** What is done to a database by who owns its tables, without a gateway. */
public final class PgSchema {
  private static final String ROLE =
      """
      select r.rolsuper or pg_has_role(r.oid, c.relowner, 'usage') as owns
      from pg_roles r, pg_class c where r.rolname = $1 and c.oid = to_regclass('schema_version')
      """;

  private PgSchema() {}

  /** The newest schema that this gateway knows. */
  public static int newest() {
    return Migrations.FILES.size();
  }

  /** The statements that give a role what a gateway needs, and nothing else. */
  public static String grants(String role) {
    return Grants.sql(role);
  }

  /**
   * Brings the schema up to date, as a gateway does at its start that may. Fails with {@link
   * DatabaseStartException}, whose message names fault and remedy.
   *
   * @param role of gateways, which is given what they need and nothing else
   */
  public static Future<Void> migrate(Vertx vertx, PgEndpoint endpoint, Optional<String> role) {
    Pool pool = Database.pool(vertx, Database.options(endpoint, Database.ADMIN), "schema", 1);
    return Migrations.apply(pool)
        .compose(v -> NewCluster.settle(pool))
        .compose(
            v ->
                role.map(name -> pool.withTransaction(connection -> grant(connection, name)))
                    .orElseGet(Future::succeededFuture))
        .recover(failure -> Future.failedFuture(Database.explain(failure, endpoint)))
        .eventually(pool::close);
  }

  private static Future<Void> grant(SqlConnection connection, String role) {
    String statements = Grants.sql(role);
    return connection
        .preparedQuery(ROLE)
        .mapping(row -> row.getBoolean(0))
        .execute(Tuple.of(role))
        .compose(
            rows -> {
              if (rows.size() == 0) {
                return Future.failedFuture(
                    new DatabaseStartException(
                        "there is no role "
                            + role
                            + ": create role "
                            + role
                            + " login password '...'"));
              }
              if (rows.iterator().next()) {
                return Future.failedFuture(
                    new DatabaseStartException(
                        role
                            + " owns the tables or is a superuser, and may everything: name the"
                            + " role that gateways are to log in as"));
              }
              return connection.query(statements).execute().mapEmpty();
            });
  }
}
