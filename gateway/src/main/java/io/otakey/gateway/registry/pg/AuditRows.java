package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.ChainRow;
import io.otakey.gateway.audit.Seals.Seal;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.AuditLog.Entry;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import java.util.Optional;

/** Entries of the audit log as the database has them. */
final class AuditRows {
  static final String ENTRY =
      "a.id, a.at, a.actor, a.address, a.action, a.product_id, a.device_id, a.detail";

  static final String WITH_SEAL = ENTRY + ", a.root, a.seal";

  private AuditRows() {}

  /** The columns of {@link #ENTRY}, from this one on. */
  static Entry entry(Row row, int from) {
    return new Entry(
        row.getLong(from),
        row.getOffsetDateTime(from + 1).toInstant(),
        new Actor(row.getString(from + 2), row.getString(from + 3)),
        row.getString(from + 4),
        Optional.ofNullable(row.getString(from + 5)),
        Optional.ofNullable(row.getString(from + 6)),
        row.getString(from + 7));
  }

  /** The columns of {@link #WITH_SEAL}, from this one on; empty if a left join found none. */
  static Optional<ChainRow> sealed(Row row, int from) {
    if (row.getLong(from) == null) {
      return Optional.empty();
    }
    Integer root = row.getInteger(from + 8);
    Buffer mac = row.getBuffer(from + 9);
    Seal seal = root == null || mac == null ? Seal.NONE : new Seal(root, mac.getBytes());
    return Optional.of(new ChainRow(entry(row, from), seal));
  }
}
