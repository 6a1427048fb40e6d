package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.DeviceChange.Changed;
import io.otakey.gateway.registry.DeviceChange.NotAllowed;
import io.otakey.gateway.registry.DeviceChange.NotFound;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.PreRegistration;
import io.otakey.gateway.registry.ProductCount;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Operators' actions in PostgreSQL, each in a transaction with its entry in the audit log. */
final class PgDeviceAdministration implements DeviceAdministration {
  private static final int FETCH = 500;

  /** Whoever reads an export holds nothing that others wait for, and may be slow. */
  private static final String SLOW_READER =
      "set local idle_in_transaction_session_timeout = '5min'";

  private static final String AWAITING =
      """
      select device_id, first_asked, last_asked, count from awaiting
      where product_id = $1 and reason = $2 and device_id > $3 order by device_id limit $4
      """;

  /** A token's first byte is the id of the allocation secret (protocol section 6.1). */
  private static final String KEYS_BY_SECRET =
      """
      select get_byte(token, 0), count(*) from device where token is not null group by 1 order by 1
      """;

  private static final String COUNT =
      """
      select product_id, status, count(*), count(*) filter (where status = 2
        and (epoch < wanted_epoch or wanted_connection not in (0, connection_id)))
      from device group by 1, 2 order by 1, 2
      """;

  private final Admin admin;
  private final ChangeLog changes;

  PgDeviceAdministration(Admin admin, ChangeLog changes) {
    this.admin = admin;
    this.changes = changes;
  }

  @Override
  public Future<Optional<DeviceRecord>> get(DeviceRef ref) {
    return admin.read(
        client ->
            client
                .preparedQuery(DeviceSql.GET)
                .mapping(DeviceSql::record)
                .execute(Tuple.of(ref.productId(), ref.deviceId()))
                .map(Admin::first));
  }

  @Override
  public Future<List<DeviceRecord>> list(
      DeviceFilter filter, Optional<DeviceRef> after, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    DeviceSql.Query query = DeviceSql.page(filter, after, limit);
    return admin.read(
        client ->
            client
                .preparedQuery(query.sql())
                .mapping(DeviceSql::record)
                .execute(query.values())
                .map(rows -> rows.stream().toList()));
  }

  @Override
  public Future<Void> export(DeviceFilter filter, WriteStream<DeviceRecord> out) {
    DeviceSql.Query query = DeviceSql.everything(filter);
    return admin.change(
        connection ->
            connection
                .query(SLOW_READER)
                .execute()
                .compose(v -> connection.prepare(query.sql()))
                .compose(
                    statement ->
                        new MappedStream<>(
                                statement.createStream(FETCH, query.values()), DeviceSql::record)
                            .pipeTo(out)
                            .eventually(statement::close)));
  }

  @Override
  public Future<PreRegistration> preRegister(
      Actor actor, String productId, List<String> deviceIds) {
    if (deviceIds.size() > MAX_CHUNK) {
      throw new IllegalArgumentException("at most " + MAX_CHUNK + " ids a call");
    }
    for (String id : deviceIds) {
      if (!DeviceRef.isDeviceId(id)) {
        throw new IllegalArgumentException("not a device id: " + id);
      }
    }
    return admin.change(
        changes,
        connection -> new PreRegister(admin, connection, actor, productId, deviceIds).run(),
        done -> registered(productId, deviceIds, done));
  }

  private static List<Change> registered(
      String productId, List<String> deviceIds, PreRegistration done) {
    if (done.created() == 0) {
      return List.of();
    }
    Set<String> fresh = new TreeSet<>(deviceIds);
    done.existing().forEach(known -> fresh.remove(known.deviceId()));
    return fresh.stream().map(id -> registered(new DeviceRef(productId, id))).toList();
  }

  private static Change registered(DeviceRef ref) {
    DeviceRow row = new DeviceRow(RowStatus.EXPECTED, 0, Optional.empty(), 0, 0, 0, false);
    return new Change.Device(Change.Cause.REGISTERED, ref, row, Optional.empty());
  }

  @Override
  public Future<Map<Integer, Long>> keysByAllocationSecret() {
    return admin.read(
        client ->
            client
                .query(KEYS_BY_SECRET)
                .execute()
                .map(
                    rows -> {
                      Map<Integer, Long> counts = new TreeMap<>();
                      rows.forEach(row -> counts.put(row.getInteger(0), row.getLong(1)));
                      return counts;
                    }));
  }

  @Override
  public Future<List<ProductCount>> count() {
    return admin.change(
        client ->
            client
                .query(CensusSql.CALMLY)
                .execute()
                .compose(calm -> client.query(COUNT).execute())
                .map(PgDeviceAdministration::counts));
  }

  private static List<ProductCount> counts(RowSet<Row> rows) {
    Map<String, ProductCount> counts = new TreeMap<>();
    for (Row row : rows) {
      String id = row.getString(0);
      Map<RowStatus, Long> status = Map.of(Codes.status(row.getInteger(1)), row.getLong(2));
      counts.merge(id, new ProductCount(id, status, row.getLong(3)), ProductCount::plus);
    }
    return List.copyOf(counts.values());
  }

  @Override
  public Future<DeviceChange> act(Actor actor, OperatorAction action, DeviceRef ref) {
    return admin
        .change(
            changes,
            connection ->
                connection
                    .preparedQuery(DeviceSql.LOCK)
                    .mapping(DeviceSql::record)
                    .execute(Tuple.of(ref.productId(), ref.deviceId()))
                    .map(Admin::first)
                    .compose(
                        found ->
                            found.isEmpty()
                                ? Future.succeededFuture(new Acted(new NotFound(ref), List.of()))
                                : allowed(connection, actor, action, found.get())),
            Acted::kept)
        .map(Acted::change);
  }

  /** What came of an action, and what a journal keeps of it. */
  private record Acted(DeviceChange change, List<Change> kept) {}

  private static Change change(Change.Cause cause, DeviceRecord now) {
    return new Change.Device(cause, now.ref(), now.row(), now.returnsTo());
  }

  /** An approval counts for nothing while the product's policy says never. */
  private Future<Acted> allowed(
      SqlConnection connection, Actor actor, OperatorAction action, DeviceRecord device) {
    if (action != OperatorAction.APPROVE) {
      return change(connection, actor, action, device);
    }
    return connection
        .preparedQuery(DeviceSql.NEVER_AGAIN)
        .execute(Tuple.of(device.ref().productId()))
        .compose(
            never ->
                never.rowCount() == 0
                    ? change(connection, actor, action, device)
                    : Future.succeededFuture(
                        refused(
                            device,
                            "the product's policy is never to re-enroll:"
                                + " set reEnroll to on-approval first")));
  }

  private static Acted refused(DeviceRecord device, String why) {
    return new Acted(new NotAllowed(device.row().status(), why), List.of());
  }

  private Future<Acted> change(
      SqlConnection connection, Actor actor, OperatorAction action, DeviceRecord device) {
    DeviceRef ref = device.ref();
    var before = new OperatorAction.State(device.row(), device.returnsTo(), device.wanted());
    Optional<String> refusal = action.refusal(before);
    if (refusal.isPresent()) {
      return Future.succeededFuture(refused(device, refusal.get()));
    }
    OperatorAction.State after = action.apply(before);
    String detail = describe(before.row()) + " -> " + describe(after.row());
    return connection
        .preparedQuery(DeviceSql.UPDATE)
        .execute(values(ref, after))
        .compose(v -> forgetRequests(connection, ref.productId(), ref.deviceId()))
        .compose(
            v ->
                admin.audit(
                    connection, actor, action.auditName(), ref.productId(), ref.deviceId(), detail))
        .compose(v -> ActionEvents.tell(connection, actor, action, ref.productId(), ref.deviceId()))
        .compose(v -> labelsOf(connection, action, ref))
        .compose(
            labels ->
                connection
                    .preparedQuery(DeviceSql.GET)
                    .mapping(DeviceSql::record)
                    .execute(Tuple.of(ref.productId(), ref.deviceId()))
                    .map(rows -> acted(action, rows.iterator().next(), labels)));
  }

  /** Whoever owns the device next begins without labels. */
  private static Future<List<Change.Labels>> labelsOf(
      SqlConnection connection, OperatorAction action, DeviceRef ref) {
    return action == OperatorAction.REMOVE
        ? new LabelWriter(connection, ref.productId()).clear(ref.deviceId())
        : Future.succeededFuture(List.of());
  }

  private static Acted acted(OperatorAction action, DeviceRecord now, List<Change.Labels> labels) {
    List<Change> kept = new ArrayList<>(labels);
    kept.add(change(Change.Cause.of(action), now));
    return new Acted(new Changed(now), kept);
  }

  private static Tuple values(DeviceRef ref, OperatorAction.State state) {
    DeviceRow row = state.row();
    return Tuple.of(ref.productId(), ref.deviceId(), Codes.of(row.status()))
        .addValue(state.returnsTo().map(Codes::of).orElse(null))
        .addValue(row.epoch())
        .addValue(row.token().map(Token::toBytes).map(Buffer::buffer).orElse(null))
        .addValue(row.attempt())
        .addValue(row.reEnrollApproved())
        .addValue(row.connectionId())
        .addValue(state.wanted().epoch())
        .addValue(state.wanted().connectionId());
  }

  private static String describe(DeviceRow row) {
    return row.status() + " epoch " + row.epoch() + " attempt " + row.attempt();
  }

  @Override
  public Future<List<String>> approve(Actor actor, String productId, List<String> deviceIds) {
    if (deviceIds.size() > MAX_CHUNK) {
      throw new IllegalArgumentException("at most " + MAX_CHUNK + " ids a call");
    }
    String[] ids = deviceIds.stream().sorted().toArray(String[]::new);
    return admin
        .change(
            changes,
            connection ->
                Admin.byKeys(connection)
                    .compose(
                        v ->
                            connection
                                .preparedQuery(DeviceSql.APPROVE)
                                .mapping(PgDeviceAdministration::approved)
                                .execute(Tuple.tuple().addString(productId).addArrayOfString(ids)))
                    .map(rows -> rows.stream().toList())
                    .compose(
                        approved ->
                            noteApproved(connection, actor, productId, ids(approved))
                                .map(approved)),
            approved -> approved)
        .map(PgDeviceAdministration::ids);
  }

  private static Change.Device approved(Row row) {
    return new Change.Device(
        Change.Cause.APPROVED,
        new DeviceRef(row.getString(0), row.getString(1)),
        Rows.deviceRow(row, 2),
        Optional.empty());
  }

  private static List<String> ids(List<Change.Device> devices) {
    return devices.stream().map(device -> device.ref().deviceId()).sorted().toList();
  }

  private Future<Void> noteApproved(
      SqlConnection connection, Actor actor, String productId, List<String> approved) {
    if (approved.isEmpty()) {
      return Future.succeededFuture();
    }
    String[] ids = approved.toArray(String[]::new);
    return forgetRequests(connection, productId, ids)
        .compose(
            v ->
                noteEach(connection, actor, OperatorAction.APPROVE.auditName(), productId, ids, ""))
        .compose(v -> ActionEvents.tell(connection, actor, OperatorAction.APPROVE, productId, ids));
  }

  private Future<Void> noteEach(
      SqlConnection connection,
      Actor actor,
      String action,
      String productId,
      String[] deviceIds,
      String detail) {
    List<AuditWriter.Of> whats =
        Arrays.stream(deviceIds).map(id -> new AuditWriter.Of(productId, id)).toList();
    return admin.auditEach(connection, actor, action, whats, detail);
  }

  @Override
  public Future<List<AskedDevice>> want(
      Actor actor, Wish wish, String productId, List<String> deviceIds) {
    if (deviceIds.size() > MAX_CHUNK) {
      throw new IllegalArgumentException("at most " + MAX_CHUNK + " ids a call");
    }
    String[] ids = deviceIds.stream().sorted().toArray(String[]::new);
    Tuple values = Tuple.tuple().addString(productId).addArrayOfString(ids);
    return admin.change(
        connection ->
            Admin.byKeys(connection)
                .compose(v -> update(connection, wish, values))
                .compose(
                    wanted ->
                        noteEach(
                                connection,
                                actor,
                                wish.auditName(),
                                productId,
                                wanted.stream()
                                    .map(device -> device.ref().deviceId())
                                    .toArray(String[]::new),
                                wish instanceof Wish.Move move
                                    ? "connection " + move.connectionId()
                                    : "")
                            .map(wanted)));
  }

  private static Future<List<AskedDevice>> update(
      SqlConnection connection, Wish wish, Tuple values) {
    String sql;
    if (wish instanceof Wish.Move move) {
      sql = DeviceSql.WANT_MOVE;
      values.addInteger(move.connectionId());
    } else {
      sql = wish instanceof Wish.Rotate ? DeviceSql.WANT_ROTATION : DeviceSql.WANT_NOTHING;
    }
    return connection
        .preparedQuery(sql)
        .mapping(PgDeviceAdministration::asked)
        .execute(values)
        .map(
            rows ->
                rows.stream()
                    .sorted(Comparator.comparing(device -> device.ref().deviceId()))
                    .toList());
  }

  private static AskedDevice asked(Row row) {
    return new AskedDevice(
        new DeviceRef(row.getString(0), row.getString(1)),
        row.getLong(2),
        Answer.Action.of(row.getShort(3)));
  }

  private static Future<Void> forgetRequests(
      SqlConnection connection, String productId, String... deviceIds) {
    return connection
        .preparedQuery(DeviceSql.FORGET_REQUESTS)
        .execute(Tuple.tuple().addString(productId).addArrayOfString(deviceIds))
        .mapEmpty();
  }

  @Override
  public Future<List<AwaitingDevice>> awaiting(
      String productId, AwaitingDevice.Reason reason, String after, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    return admin.read(
        client ->
            client
                .preparedQuery(AWAITING)
                .mapping(
                    row ->
                        new AwaitingDevice(
                            new DeviceRef(productId, row.getString(0)),
                            reason,
                            row.getOffsetDateTime(1).toInstant(),
                            row.getOffsetDateTime(2).toInstant(),
                            row.getLong(3)))
                .execute(Tuple.of(productId, Codes.of(reason), after, limit))
                .map(rows -> rows.stream().toList()));
  }
}
