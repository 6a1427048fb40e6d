package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.ReEnroll;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Statements on products and their keys, and the mapping of their rows. */
final class ProductSql {
  private static final String SELECT =
      """
      select id, name, allow_list, window_from, window_until, quota, per_minute, re_enroll,
        re_enroll_until, generation, in_recovery, connection_id, version,
        array(select k.version from product_key k where k.product_id = p.id order by k.version),
        array(select k.retired from product_key k where k.product_id = p.id order by k.version),
        array(select k.source from product_key k where k.product_id = p.id order by k.version)
      from product p
      """;

  /** A product of an id that there was before begins above what was granted then. */
  static final String INSERT =
      """
      insert into product (id, name, allow_list, window_from, window_until, quota, per_minute,
        re_enroll, re_enroll_until, connection_id, ever_committed, generation)
      values ($1, $2, $3, $4, $5, $6::int8, $7, $8, $9, $10,
        case when $6::int8 is null then null else 0 end,
        coalesce((select generation from generation_floor where product_id = $1), 0) + 1)
      on conflict do nothing
      """;

  /** Counts when there is a quota where there was none; the caller holds the row's lock. */
  static final String UPDATE =
      """
      update product set name = $2, allow_list = $3, window_from = $4, window_until = $5,
        quota = $6::int8, per_minute = $7, re_enroll = $8, re_enroll_until = $9,
        connection_id = $10, version = version + 1,
        ever_committed = case when $6::int8 is null then null
          else coalesce(ever_committed, (select count(*) from device
            where product_id = $1 and first_committed_at is not null)) end
      where id = $1
      """;

  private ProductSql() {}

  static Future<List<Product>> all(SqlClient client) {
    return select(client, "order by id", Tuple.tuple());
  }

  static Future<Optional<Product>> one(SqlClient client, String id) {
    return select(client, "where id = $1", Tuple.of(id)).map(list -> list.stream().findFirst());
  }

  static Future<Void> lock(SqlClient client, String id) {
    return client
        .preparedQuery("select id from product where id = $1 for update")
        .execute(Tuple.of(id))
        .mapEmpty();
  }

  private static Future<List<Product>> select(SqlClient client, String which, Tuple values) {
    return client
        .preparedQuery(SELECT + which)
        .mapping(ProductSql::product)
        .execute(values)
        .map(rows -> rows.stream().toList());
  }

  /** The parameters of {@link #INSERT} and {@link #UPDATE}. */
  static Tuple settings(String id, ProductSettings settings) {
    EnrollmentPolicy policy = settings.policy();
    return Tuple.of(id, settings.name(), policy.allowList())
        .addValue(time(policy.from()))
        .addValue(time(policy.until()))
        .addValue(policy.quota().isPresent() ? (Long) policy.quota().getAsLong() : null)
        .addValue(policy.perMinute().isPresent() ? (Integer) policy.perMinute().getAsInt() : null)
        .addValue(Codes.of(policy.reEnroll().mode()))
        .addValue(time(policy.reEnroll().until()))
        .addValue(settings.connectionId());
  }

  private static Product product(Row row) {
    EnrollmentPolicy policy =
        new EnrollmentPolicy(
            row.getBoolean(2),
            instant(row.getOffsetDateTime(3)),
            instant(row.getOffsetDateTime(4)),
            optionalLong(row.getLong(5)),
            optionalInt(row.getInteger(6)),
            new ReEnroll(Codes.reEnroll(row.getInteger(7)), instant(row.getOffsetDateTime(8))));
    return new Product(
        row.getString(0),
        row.getString(1),
        policy,
        row.getInteger(9),
        row.getBoolean(10),
        keys(row.getArrayOfShorts(13), row.getArrayOfBooleans(14), row.getArrayOfBuffers(15)),
        row.getInteger(11),
        row.getLong(12));
  }

  private static List<ProductKey> keys(Short[] versions, Boolean[] retired, Buffer[] sources) {
    List<ProductKey> keys = new ArrayList<>();
    for (int i = 0; i < versions.length; i++) {
      keys.add(new ProductKey(versions[i], retired[i], sources[i].getBytes()));
    }
    return keys;
  }

  static @Nullable OffsetDateTime time(Optional<Instant> instant) {
    return instant.map(t -> t.atOffset(ZoneOffset.UTC)).orElse(null);
  }

  static Optional<Instant> instant(@Nullable OffsetDateTime time) {
    return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
  }

  static OptionalInt optionalInt(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private static OptionalLong optionalLong(@Nullable Long value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
