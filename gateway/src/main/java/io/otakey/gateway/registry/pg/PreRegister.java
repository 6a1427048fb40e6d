package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.PreRegistration;
import io.otakey.gateway.registry.PreRegistration.Existing;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/** Registers one chunk of ids, in the caller's transaction. */
final class PreRegister {
  private static final String KNOWN = "select 1 from product where id = $1 for share";

  /** Rows that another transaction wrote, before or meanwhile. */
  private static final String EXISTING =
      """
      select device_id, status from device
      where product_id = $1 and device_id = any($2) and xmin <> pg_current_xact_id()::xid
      order by device_id
      """;

  /** In order of ids, so that chunks that overlap wait for each other instead of dying. */
  private static final String INSERT =
      """
      insert into device (product_id, device_id, status)
      select $1, id, 1 from unnest($2::text[]) as i(id) order by id
      on conflict do nothing
      """;

  private final Admin admin;
  private final SqlConnection connection;
  private final Actor actor;
  private final String productId;
  private final List<String> ids;

  PreRegister(
      Admin admin, SqlConnection connection, Actor actor, String productId, List<String> ids) {
    this.admin = admin;
    this.connection = connection;
    this.actor = actor;
    this.productId = productId;
    this.ids = ids;
  }

  Future<PreRegistration> run() {
    return connection
        .preparedQuery(KNOWN)
        .execute(Tuple.of(productId))
        .compose(
            product ->
                product.rowCount() == 0
                    ? Future.succeededFuture(new PreRegistration(false, 0, List.of()))
                    : insert());
  }

  private Future<PreRegistration> insert() {
    return connection
        .preparedQuery(INSERT)
        .execute(chunk())
        .compose(
            inserted ->
                inserted.rowCount() == ids.size()
                    ? Future.succeededFuture(new PreRegistration(true, ids.size(), List.of()))
                    : existing(inserted.rowCount()))
        .compose(result -> note(result).map(result));
  }

  private Future<PreRegistration> existing(int created) {
    return connection
        .preparedQuery(EXISTING)
        .mapping(row -> new Existing(row.getString(0), Codes.status(row.getInteger(1))))
        .execute(chunk())
        .map(rows -> new PreRegistration(true, created, rows.stream().toList()));
  }

  private Future<Void> note(PreRegistration result) {
    String detail = result.created() + " new, " + result.existing().size() + " known";
    return admin.audit(connection, actor, "device.preRegister", productId, null, detail);
  }

  private Tuple chunk() {
    return Tuple.tuple().addString(productId).addArrayOfString(ids.toArray(String[]::new));
  }
}
