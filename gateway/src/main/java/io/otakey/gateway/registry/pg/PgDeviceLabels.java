package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceLabels;
import io.otakey.gateway.registry.LabelChange;
import io.otakey.gateway.registry.LabelCount;
import io.otakey.gateway.registry.Labeling;
import io.otakey.gateway.registry.pg.LabelWriter.Written;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Labels in PostgreSQL; every change in one transaction with its entries in the audit log. */
final class PgDeviceLabels implements DeviceLabels {
  private static final String ACTION = "device.label";

  private final Admin admin;
  private final ChangeLog changes;

  PgDeviceLabels(Admin admin, ChangeLog changes) {
    this.admin = admin;
    this.changes = changes;
  }

  @Override
  public Future<Labeling> change(
      Actor actor, LabelChange change, String productId, List<String> deviceIds) {
    requireChunk(deviceIds.size());
    return Admin.accept(change.problems())
        .compose(
            valid ->
                admin.change(
                    changes,
                    connection -> changed(connection, actor, change, productId, deviceIds),
                    Written::changes))
        .map(Written::labeling);
  }

  private Future<Written> changed(
      SqlConnection connection,
      Actor actor,
      LabelChange change,
      String productId,
      Collection<String> deviceIds) {
    Map<String, LabelChange> wanted = new TreeMap<>();
    deviceIds.forEach(id -> wanted.put(id, change));
    return new LabelWriter(connection, productId)
        .write(wanted)
        .compose(
            written ->
                admin
                    .auditEach(
                        connection,
                        actor,
                        ACTION,
                        written.changes().stream()
                            .map(one -> new AuditWriter.Of(productId, one.ref().deviceId()))
                            .toList(),
                        change.describe())
                    .map(written));
  }

  @Override
  public Future<Labeling> load(
      Actor actor, String productId, Map<String, Map<String, String>> labels) {
    requireChunk(labels.size());
    Map<String, LabelChange> wanted = new TreeMap<>();
    labels.forEach((id, each) -> wanted.put(id, LabelChange.setting(each)));
    return admin
        .change(
            changes,
            connection ->
                new LabelWriter(connection, productId)
                    .write(wanted)
                    .compose(written -> noteLoad(connection, actor, productId, written)),
            Written::changes)
        .map(Written::labeling);
  }

  private Future<Written> noteLoad(
      SqlConnection connection, Actor actor, String productId, Written written) {
    int changed = written.labeling().changed();
    return changed == 0
        ? Future.succeededFuture(written)
        : admin
            .audit(connection, actor, ACTION, productId, null, changed + " devices, by an import")
            .map(written);
  }

  @Override
  public Future<Page> change(
      Actor actor, LabelChange change, DeviceFilter filter, Optional<DeviceRef> after, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    return Admin.accept(change.problems())
        .compose(
            valid ->
                admin.change(
                    changes,
                    connection -> changePage(connection, actor, change, filter, after, limit),
                    PageWritten::changes))
        .map(PageWritten::page);
  }

  private record PageWritten(Page page, List<Change.Labels> changes) {}

  private Future<PageWritten> changePage(
      SqlConnection connection,
      Actor actor,
      LabelChange change,
      DeviceFilter filter,
      Optional<DeviceRef> after,
      int limit) {
    DeviceSql.Query query = DeviceSql.refs(filter, after, limit);
    return connection
        .preparedQuery(query.sql())
        .mapping(row -> new DeviceRef(row.getString(0), row.getString(1)))
        .execute(query.values())
        .map(rows -> rows.stream().toList())
        .compose(
            refs -> {
              Map<String, List<String>> byProduct = new TreeMap<>();
              refs.forEach(
                  ref ->
                      byProduct
                          .computeIfAbsent(ref.productId(), id -> new ArrayList<>())
                          .add(ref.deviceId()));
              Map<String, Labeling> done = new TreeMap<>();
              List<Change.Labels> kept = new ArrayList<>();
              Future<?> all = Future.succeededFuture();
              for (Map.Entry<String, List<String>> product : byProduct.entrySet()) {
                all =
                    all.compose(
                            v ->
                                changed(
                                    connection,
                                    actor,
                                    change,
                                    product.getKey(),
                                    product.getValue()))
                        .onSuccess(
                            written -> {
                              done.put(product.getKey(), written.labeling());
                              kept.addAll(written.changes());
                            });
              }
              Optional<DeviceRef> last =
                  refs.size() < limit ? Optional.empty() : Optional.of(refs.get(refs.size() - 1));
              return all.map(v -> new PageWritten(new Page(done, last), kept));
            });
  }

  @Override
  public Future<List<LabelCount>> counts(
      Set<String> products, String prefix, Optional<LabelCount> after, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    Tuple values =
        Tuple.tuple()
            .addArrayOfString(products.toArray(String[]::new))
            .addString(prefix)
            .addString(after.map(LabelCount::key).orElse(""))
            .addString(after.map(LabelCount::value).orElse(""))
            .addInteger(limit);
    return admin.read(
        client ->
            client
                .preparedQuery(LabelSql.COUNTS)
                .mapping(row -> new LabelCount(row.getString(0), row.getString(1), row.getLong(2)))
                .execute(values)
                .map(rows -> rows.stream().toList()));
  }

  private static void requireChunk(int size) {
    if (size > MAX_CHUNK) {
      throw new IllegalArgumentException("at most " + MAX_CHUNK + " devices a call");
    }
  }
}
