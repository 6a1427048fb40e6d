package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Wanted;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Token;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads records from result rows. */
final class Rows {
  private Rows() {}

  /**
   * Reads seven columns: status, epoch, token, attempt, connection id, recovered in, approved.
   *
   * @param first position of the status
   */
  static DeviceRow deviceRow(Row row, int first) {
    RowStatus status = Codes.status(row.getInteger(first));
    if (status == RowStatus.NONE) {
      return DeviceRow.NONE;
    }
    return new DeviceRow(
        status,
        row.getLong(first + 1),
        token(row.getBuffer(first + 2)),
        row.getInteger(first + 3),
        row.getInteger(first + 4),
        row.getInteger(first + 5),
        row.getBoolean(first + 6));
  }

  /** Reads two columns: wanted epoch, wanted connection. */
  static Wanted wanted(Row row, int first) {
    long epoch = row.getLong(first);
    int connection = row.getInteger(first + 1);
    return epoch == 0 && connection == 0 ? Wanted.NOTHING : new Wanted(epoch, connection);
  }

  private static Optional<Token> token(@Nullable Buffer bytes) {
    return bytes == null ? Optional.empty() : Optional.of(Token.of(bytes.getBytes()));
  }
}
