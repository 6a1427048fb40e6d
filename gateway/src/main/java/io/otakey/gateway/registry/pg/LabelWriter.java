package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.LabelChange;
import io.otakey.gateway.registry.Labeling;
import io.otakey.gateway.registry.Labels;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Changes labels of devices of one product, in the caller's transaction. */
final class LabelWriter {
  private final SqlConnection connection;
  private final String productId;

  LabelWriter(SqlConnection connection, String productId) {
    this.connection = connection;
    this.productId = productId;
  }

  /**
   * What was done.
   *
   * @param changes those of devices whose labels are others now, for journals
   */
  record Written(Labeling labeling, List<Change.Labels> changes) {}

  /** Labels of the devices before, and those that change. */
  private record Plan(
      Map<String, Map<String, String>> before,
      Map<String, Map<String, String>> after,
      Labeling labeling) {}

  /** Does to each device what is wanted of it. */
  Future<Written> write(Map<String, LabelChange> wanted) {
    Tuple which = which(wanted.keySet());
    return connection
        .preparedQuery(LabelSql.LOCK)
        .mapping(row -> row.getString(0))
        .execute(which)
        .map(rows -> rows.stream().toList())
        .compose(there -> read(which).map(before -> plan(wanted, there, before)))
        .compose(this::write);
  }

  /** Takes all labels away from a device that is locked. */
  Future<List<Change.Labels>> clear(String deviceId) {
    return read(which(List.of(deviceId)))
        .compose(
            before ->
                before.isEmpty()
                    ? Future.succeededFuture(List.of())
                    : write(
                            new Plan(
                                before,
                                Map.of(deviceId, Map.of()),
                                new Labeling(List.of(), 1, List.of(), List.of())))
                        .map(Written::changes));
  }

  private Tuple which(Iterable<String> ids) {
    List<String> all = new ArrayList<>();
    ids.forEach(all::add);
    return Tuple.tuple().addString(productId).addArrayOfString(all.toArray(String[]::new));
  }

  private Future<Map<String, Map<String, String>>> read(Tuple which) {
    return connection
        .preparedQuery(LabelSql.READ)
        .execute(which)
        .map(
            rows -> {
              Map<String, Map<String, String>> labels = new TreeMap<>();
              rows.forEach(
                  row ->
                      labels
                          .computeIfAbsent(row.getString(0), id -> new TreeMap<>())
                          .put(row.getString(1), row.getString(2)));
              return labels;
            });
  }

  private static Plan plan(
      Map<String, LabelChange> wanted,
      List<String> there,
      Map<String, Map<String, String>> before) {
    Map<String, Map<String, String>> after = new TreeMap<>();
    List<String> labeled = new ArrayList<>();
    List<String> full = new ArrayList<>();
    for (String id : there) {
      Map<String, String> had = before.getOrDefault(id, Map.of());
      Map<String, String> has = wanted.getOrDefault(id, LabelChange.setting(Map.of())).apply(had);
      if (has.size() > Labels.MOST) {
        full.add(id);
      } else {
        labeled.add(id);
        if (!has.equals(had)) {
          after.put(id, has);
        }
      }
    }
    List<String> unknown = new ArrayList<>(wanted.keySet());
    unknown.removeAll(Set.copyOf(there));
    return new Plan(before, after, new Labeling(labeled, after.size(), unknown, full));
  }

  private Future<Written> write(Plan plan) {
    if (plan.after.isEmpty()) {
      return Future.succeededFuture(new Written(plan.labeling, List.of()));
    }
    List<String[]> gone = new ArrayList<>();
    List<String[]> fresh = new ArrayList<>();
    plan.after.forEach(
        (id, labels) -> {
          Map<String, String> before = plan.before.getOrDefault(id, Map.of());
          before.keySet().stream()
              .filter(key -> !labels.containsKey(key))
              .forEach(key -> gone.add(new String[] {id, key}));
          labels.forEach(
              (key, value) -> {
                if (!value.equals(before.get(key))) {
                  fresh.add(new String[] {id, key, value});
                }
              });
        });
    return run(LabelSql.DELETE, gone, 2)
        .compose(v -> run(LabelSql.WRITE, fresh, 3))
        .compose(v -> connection.preparedQuery(LabelSql.STAMP).execute(which(plan.after.keySet())))
        .map(
            rows -> {
              List<Change.Labels> changes = new ArrayList<>();
              rows.forEach(
                  row ->
                      changes.add(
                          new Change.Labels(
                              new DeviceRef(productId, row.getString(0)),
                              plan.after.getOrDefault(row.getString(0), Map.of()),
                              row.getOffsetDateTime(1).toInstant().toEpochMilli())));
              return new Written(plan.labeling, changes);
            });
  }

  private Future<Void> run(String sql, List<String[]> rows, int columns) {
    if (rows.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple values = Tuple.tuple().addString(productId);
    for (int column = 0; column < columns; column++) {
      int at = column;
      values.addArrayOfString(rows.stream().map(row -> row[at]).toArray(String[]::new));
    }
    return Admin.run(connection, sql, values);
  }
}
