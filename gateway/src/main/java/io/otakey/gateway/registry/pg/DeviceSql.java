package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Statements on devices for operators, and the mapping of their rows. */
final class DeviceSql {
  static final String SELECT =
      """
      select product_id, device_id, status, epoch, token, attempt, connection_id, recovered_in,
        re_enroll_approved, returns_to, created_at, first_committed_at, committed_at, last_seen,
        firmware, last_error, wanted_epoch, wanted_connection,
        %s
      from device d
      """
          .formatted(LabelSql.OF_DEVICE);

  static final String GET = SELECT + "where product_id = $1 and device_id = $2";

  static final String LOCK = GET + " for update of d";

  static final String UPDATE =
      """
      update device set status = $3, returns_to = $4, epoch = $5, token = $6, attempt = $7,
        re_enroll_approved = $8, connection_id = $9, wanted_epoch = $10,
        wanted_connection = $11, version = version + 1
      where product_id = $1 and device_id = $2
      """;

  static final String FORGET_REQUESTS =
      "delete from awaiting where product_id = $1 and device_id = any($2)";

  static final String APPROVE =
      """
      update device set re_enroll_approved = true, version = version + 1
      where product_id = $1 and device_id = any($2) and status = 2
        and exists (select 1 from product p where p.id = $1 and p.re_enroll <> 0)
      returning product_id, device_id, status, epoch, token, attempt, connection_id, recovered_in,
        re_enroll_approved
      """;

  /** The code of what a POLL is told, by a row after what is wanted was written. */
  static final String TOLD =
      "(case when d.wanted_connection not in (0, d.connection_id) then 2"
          + " when d.epoch < d.wanted_epoch then 1 else 0 end)::int2";

  static final String WANT_ROTATION = want("wanted_epoch = least(epoch + 1, 4294967294)");

  static final String WANT_MOVE = want("wanted_connection = $3");

  static final String WANT_NOTHING = want("wanted_epoch = 0, wanted_connection = 0");

  static final String NEVER_AGAIN = "select 1 from product where id = $1 and re_enroll = 0";

  /** A statement with its parameters. */
  record Query(String sql, Tuple values) {}

  private DeviceSql() {}

  /** No version rises: what is wanted takes no part in a decision. */
  private static String want(String what) {
    return "update device d set "
        + what
        + " where product_id = $1 and device_id = any($2) and status = 2 returning d.product_id,"
        + " d.device_id, d.epoch, "
        + TOLD;
  }

  static Query page(DeviceFilter filter, Optional<DeviceRef> after, int limit) {
    return page(SELECT, filter, after, limit);
  }

  /** Product and device id alone. */
  static Query refs(DeviceFilter filter, Optional<DeviceRef> after, int limit) {
    return page("select product_id, device_id from device d ", filter, after, limit);
  }

  private static Query page(
      String columns, DeviceFilter filter, Optional<DeviceRef> after, int limit) {
    List<String> conditions = new ArrayList<>();
    Tuple values = Tuple.tuple();
    conditions(filter, conditions, values);
    after.ifPresent(
        ref -> {
          values.addString(ref.productId()).addString(ref.deviceId());
          int last = values.size();
          conditions.add("(product_id, device_id) > ($" + (last - 1) + ", $" + last + ")");
        });
    values.addInteger(limit);
    return new Query(ordered(conditions, columns) + " limit $" + values.size(), values);
  }

  static Query everything(DeviceFilter filter) {
    List<String> conditions = new ArrayList<>();
    Tuple values = Tuple.tuple();
    conditions(filter, conditions, values);
    return new Query(ordered(conditions, SELECT), values);
  }

  private static String ordered(List<String> conditions, String columns) {
    return columns
        + "where "
        + String.join(" and ", conditions)
        + " order by product_id, device_id";
  }

  private static void conditions(DeviceFilter filter, List<String> conditions, Tuple values) {
    values.addLong(filter.minEpoch()).addLong(filter.maxEpoch());
    conditions.add("epoch between $1 and $2");
    if (!filter.products().isEmpty()) {
      values.addArrayOfString(filter.products().toArray(String[]::new));
      conditions.add("product_id = any($" + values.size() + ")");
    }
    if (!filter.statuses().isEmpty()) {
      values.addArrayOfShort(filter.statuses().stream().map(Codes::of).toArray(Short[]::new));
      conditions.add("status = any($" + values.size() + ")");
    }
    if (!filter.idPrefix().isEmpty()) {
      values.addString(filter.idPrefix());
      conditions.add("device_id ^@ $" + values.size());
    }
    filter
        .firmware()
        .ifPresent(
            firmware -> {
              values.addString(firmware);
              conditions.add("firmware = $" + values.size());
            });
    filter
        .connectionId()
        .ifPresent(
            id -> {
              values.addInteger(id);
              conditions.add("connection_id = $" + values.size());
            });
    filter
        .seenBefore()
        .ifPresent(
            instant -> {
              values.addValue(ProductSql.time(Optional.of(instant)));
              conditions.add("(last_seen is null or last_seen < $" + values.size() + ")");
            });
    LabelSql.conditions(filter.labels(), conditions, values);
  }

  static DeviceRecord record(Row row) {
    return new DeviceRecord(
        new DeviceRef(row.getString(0), row.getString(1)),
        Rows.deviceRow(row, 2),
        Optional.ofNullable(row.getInteger(9)).map(Codes::status),
        row.getOffsetDateTime(10).toInstant(),
        ProductSql.instant(row.getOffsetDateTime(11)),
        ProductSql.instant(row.getOffsetDateTime(12)),
        ProductSql.instant(row.getOffsetDateTime(13)),
        Optional.ofNullable(row.getString(14)),
        row.getLong(15) == null ? OptionalLong.empty() : OptionalLong.of(row.getLong(15)),
        Rows.wanted(row, 16),
        LabelSql.labels(row.getArrayOfStrings(18)));
  }
}
