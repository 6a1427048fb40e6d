package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.VaultMark;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;

/** The vault's mark beside the installation's id. */
final class PgVaultMark implements VaultMark {
  private static final String READ = "select vault_mark from installation";
  private static final String BEGIN =
      "update installation set vault_mark = $1 where vault_mark = ''";
  private static final String PUT = "update installation set vault_mark = $1";

  private final Admin admin;

  PgVaultMark(Admin admin) {
    this.admin = admin;
  }

  @Override
  public Future<String> inForce(String ifNone) {
    return admin
        .read(PgVaultMark::read)
        .compose(mark -> mark.isEmpty() ? begin(ifNone) : Future.succeededFuture(mark));
  }

  @Override
  public Future<Void> put(String mark) {
    return admin.change(client -> client.preparedQuery(PUT).execute(Tuple.of(mark)).mapEmpty());
  }

  private Future<String> begin(String mark) {
    return admin.change(
        client ->
            client.preparedQuery(BEGIN).execute(Tuple.of(mark)).compose(begun -> read(client)));
  }

  private static Future<String> read(SqlClient client) {
    return client
        .query(READ)
        .mapping(row -> row.getString(0))
        .execute()
        .map(rows -> rows.iterator().next());
  }
}
