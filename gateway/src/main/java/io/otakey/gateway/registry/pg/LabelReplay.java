package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Change;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Labels that a journal knows, put beside those that are there; the later ones stay. */
final class LabelReplay {
  /** Whoever is removed after all keeps none. */
  private static final String CLEAR =
      """
      delete from device_label l using device d, unnest($1::text[], $2::text[]) as g(p, i)
      where d.product_id = g.p and d.device_id = g.i and d.status = 5
        and l.product_id = d.product_id and l.device_id = d.device_id
      """;

  private static final String STAMP =
      """
      insert into device_labeled as s (product_id, device_id, at)
      select d.product_id, d.device_id, g.at
      from unnest($1::text[], $2::text[], $3::timestamptz[]) as g(p, i, at)
      join device d on d.product_id = g.p and d.device_id = g.i and d.status <> 5
      order by d.product_id, d.device_id
      on conflict (product_id, device_id) do update set at = excluded.at where s.at < excluded.at
      returning product_id, device_id
      """;

  private static final String DELETE =
      """
      delete from device_label l using unnest($1::text[], $2::text[]) as g(p, i)
      where l.product_id = g.p and l.device_id = g.i
      """;

  private static final String INSERT =
      """
      insert into device_label (product_id, device_id, key, value)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
      """;

  private final Map<DeviceRef, Change.Labels> newest = new HashMap<>();

  void add(Change.Labels labels) {
    newest.merge(labels.ref(), labels, (a, b) -> b.at() > a.at() ? b : a);
  }

  /** Devices that there are labels of; their rows have to be locked. */
  Collection<DeviceRef> devices() {
    return newest.keySet();
  }

  /**
   * Does it, after rows are as they shall be.
   *
   * @param rows all devices of the replay
   * @return how many devices have later labels again
   */
  Future<Integer> run(SqlConnection connection, Collection<DeviceRef> rows) {
    return Admin.run(connection, CLEAR, refs(rows))
        .compose(v -> newest.isEmpty() ? Future.succeededFuture(0) : bringForward(connection));
  }

  private Future<Integer> bringForward(SqlConnection connection) {
    List<Change.Labels> all = List.copyOf(newest.values());
    Tuple stamps = refs(all.stream().map(Change.Labels::ref).toList());
    stamps.addValue(
        all.stream()
            .map(one -> Instant.ofEpochMilli(one.at()).atOffset(ZoneOffset.UTC))
            .toArray(OffsetDateTime[]::new));
    return connection
        .preparedQuery(STAMP)
        .mapping(row -> new DeviceRef(row.getString(0), row.getString(1)))
        .execute(stamps)
        .map(rows -> rows.stream().toList())
        .compose(
            later ->
                Admin.run(connection, DELETE, refs(later))
                    .compose(v -> Admin.run(connection, INSERT, labels(later)))
                    .map(later.size()));
  }

  private Tuple labels(List<DeviceRef> later) {
    List<DeviceRef> refs = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (DeviceRef ref : later) {
      Change.Labels known = newest.get(ref);
      if (known != null) {
        known
            .labels()
            .forEach(
                (key, value) -> {
                  refs.add(ref);
                  keys.add(key);
                  values.add(value);
                });
      }
    }
    return refs(refs)
        .addArrayOfString(keys.toArray(String[]::new))
        .addArrayOfString(values.toArray(String[]::new));
  }

  private static Tuple refs(Collection<DeviceRef> refs) {
    return Tuple.tuple()
        .addArrayOfString(refs.stream().map(DeviceRef::productId).toArray(String[]::new))
        .addArrayOfString(refs.stream().map(DeviceRef::deviceId).toArray(String[]::new));
  }
}
