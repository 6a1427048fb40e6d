package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.AuditLog;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;

/** The audit log in PostgreSQL. */
final class PgAuditLog implements AuditLog {
  private static final String PAGE =
      """
      select %s from audit a
      where id < $1 and ($2::text is null or actor = $2)
        and ($3::text[] is null or product_id = any($3)) and ($4::text is null or device_id = $4)
      order by id desc limit $5
      """
          .formatted(AuditRows.ENTRY);

  private final Admin admin;

  PgAuditLog(Admin admin) {
    this.admin = admin;
  }

  @Override
  public Future<Void> append(
      Actor actor,
      String action,
      Optional<String> productId,
      Optional<String> deviceId,
      String detail) {
    return admin.change(
        client ->
            admin.audit(
                client, actor, action, productId.orElse(null), deviceId.orElse(null), detail));
  }

  @Override
  public Future<List<Entry>> page(Filter filter, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    Tuple values =
        Tuple.of(filter.before().orElse(Long.MAX_VALUE))
            .addValue(filter.actor().orElse(null))
            .addValue(filter.products().isEmpty() ? null : filter.products().toArray(String[]::new))
            .addValue(filter.deviceId().orElse(null))
            .addValue(limit);
    return admin.read(
        client ->
            client
                .preparedQuery(PAGE)
                .mapping(row -> AuditRows.entry(row, 0))
                .execute(values)
                .map(rows -> rows.stream().toList()));
  }
}
