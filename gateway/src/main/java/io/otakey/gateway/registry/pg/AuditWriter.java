package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.AuditKeys;
import io.otakey.gateway.audit.Seals;
import io.otakey.gateway.audit.Seals.Seal;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.AuditLog.Entry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes entries of the audit log, each sealed. Ids and time are drawn first: seals cover them. */
final class AuditWriter {
  /** The time is that of the transaction, as where nobody gives one. */
  private static final String DRAW =
      "select nextval('audit_id'), now() from generate_series(1, $1)";

  private static final String INSERT =
      """
      insert into audit (id, at, actor, address, action, product_id, device_id, detail, root, seal)
      select n.id, $1, $2, $3, $4, n.product_id, n.device_id, $5, nullif(n.root, 0),
        case when n.root <> 0 then n.seal end
      from unnest($6::int8[], $7::text[], $8::text[], $9::int4[], $10::bytea[])
        as n(id, product_id, device_id, root, seal)
      """;

  private final Seals seals;

  AuditWriter(AuditKeys keys) {
    this.seals = new Seals(keys);
  }

  /** What an entry is of. */
  record Of(@Nullable String productId, @Nullable String deviceId) {}

  /** An entry for each, in one transaction with what it says. */
  Future<Void> write(SqlClient client, Actor actor, String action, List<Of> whats, String detail) {
    return whats.isEmpty()
        ? Future.succeededFuture()
        : client
            .preparedQuery(DRAW)
            .execute(Tuple.of(whats.size()))
            .compose(
                drawn ->
                    client
                        .preparedQuery(INSERT)
                        .execute(values(drawn, actor, action, whats, detail)))
            .mapEmpty();
  }

  private Tuple values(
      RowSet<Row> drawn, Actor actor, String action, List<Of> whats, String detail) {
    int size = whats.size();
    Long[] ids = new Long[size];
    String[] products = new String[size];
    String[] devices = new String[size];
    Integer[] roots = new Integer[size];
    Buffer[] macs = new Buffer[size];
    OffsetDateTime at = drawn.iterator().next().getOffsetDateTime(1);
    int i = 0;
    for (Row row : drawn) {
      Of what = whats.get(i);
      Entry entry =
          new Entry(
              row.getLong(0),
              at.toInstant(),
              actor,
              action,
              Optional.ofNullable(what.productId()),
              Optional.ofNullable(what.deviceId()),
              detail);
      Seal seal = seals.seal(entry);
      ids[i] = entry.id();
      products[i] = what.productId();
      devices[i] = what.deviceId();
      roots[i] = seal.root();
      macs[i] = Buffer.buffer(seal.mac());
      i++;
    }
    return Tuple.of(at, actor.name(), actor.address(), action, detail)
        .addArrayOfLong(ids)
        .addArrayOfString(products)
        .addArrayOfString(devices)
        .addArrayOfInteger(roots)
        .addArrayOfBuffer(macs);
  }
}
