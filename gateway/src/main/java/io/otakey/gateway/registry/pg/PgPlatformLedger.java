package io.otakey.gateway.registry.pg;

import io.otakey.gateway.platform.Owed;
import io.otakey.gateway.platform.PlatformLedger;
import io.otakey.gateway.platform.Reconciliation;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.pg.Duty.Cursor;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.LoginName;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What platforms are owed, in PostgreSQL. */
final class PgPlatformLedger extends PgDutyLedger implements PlatformLedger {

  PgPlatformLedger(Admin admin) {
    super(
        admin,
        "platforms",
        "not exists (select 1 from platform where pushes)"
            + " and not exists (select 1 from credential)");
  }

  @Override
  public Future<Void> granted(List<Granted> grants, Duration kept) {
    Tuple values =
        keys(grants.stream().map(Granted::key).toList())
            .addArrayOfLong(array(grants, g -> g.key().epoch(), Long[]::new))
            .addArrayOfString(array(grants, Granted::platformId, String[]::new))
            .addArrayOfInteger(array(grants, Granted::connectionId, Integer[]::new))
            .addDouble((double) kept.toSeconds());
    return admin.read(client -> Admin.run(client, PlatformSql.GRANT, values));
  }

  @Override
  public Future<Integer> settle(Lease lease, int limit) {
    return admin.change(
        client ->
            duty.cursor(client, lease)
                .compose(
                    cursor ->
                        (cursor.missed() ? askAll(client) : Future.<Void>succeededFuture())
                            .compose(asked -> settle(client, cursor, limit))));
  }

  /** What events would have told is found by comparing. */
  private static Future<Void> askAll(SqlConnection client) {
    return client.query(PlatformSql.ASK_ALL).execute().mapEmpty();
  }

  private Future<Integer> settle(SqlConnection client, Cursor cursor, int limit) {
    return client
        .preparedQuery(PlatformSql.SETTLE)
        .execute(Tuple.of(cursor.tx(), cursor.id(), limit))
        .map(rows -> rows.iterator().next())
        .compose(
            row -> {
              int read = row.getInteger(2);
              return row.getString(0) == null
                  ? Future.succeededFuture(read)
                  : duty.seen(client, new Cursor(row.getString(0), row.getLong(1))).map(read);
            });
  }

  @Override
  public Future<List<Granted>> held(List<DeviceRef> devices) {
    Tuple values =
        Tuple.tuple()
            .addArrayOfString(array(devices, DeviceRef::productId, String[]::new))
            .addArrayOfString(array(devices, DeviceRef::deviceId, String[]::new));
    return admin.read(
        client ->
            client
                .preparedQuery(PlatformSql.HELD)
                .mapping(PgPlatformLedger::held)
                .execute(values)
                .map(rows -> rows.stream().toList()));
  }

  private static Granted held(Row row) {
    KeyRef key =
        new KeyRef(
            new DeviceRef(row.getString(0), row.getString(1)),
            row.getLong(2),
            Token.of(row.getBuffer(3).getBytes()));
    return new Granted(key, row.getString(4), row.getInteger(5));
  }

  @Override
  public Future<List<Owed>> due(String platformId, int limit) {
    return admin.change(
        client ->
            Admin.run(client, PlatformSql.EXPIRE, Tuple.of(platformId, limit))
                .compose(
                    expired ->
                        client
                            .preparedQuery(PlatformSql.DUE)
                            .mapping(PgPlatformLedger::owed)
                            .execute(Tuple.of(platformId, limit))
                            .map(rows -> rows.stream().toList())));
  }

  private static Owed owed(Row row) {
    KeyRef key =
        new KeyRef(
            new DeviceRef(row.getString(0), row.getString(1)),
            row.getLong(3),
            Token.of(row.getBuffer(2).getBytes()));
    Owed.Work work =
        switch (row.getInteger(5)) {
          case 2 -> Owed.Work.PREPARE;
          case 4 -> Owed.Work.RETIRE;
          case 5 -> Owed.Work.ROLL_BACK;
          default ->
              throw new IllegalStateException("nothing is owed in state " + row.getInteger(5));
        };
    return new Owed(key, row.getInteger(4), work, row.getInteger(6), row.getInteger(7));
  }

  @Override
  public Future<Void> done(String platformId, List<Owed> owed) {
    Tuple items = items(owed, platformId);
    return admin.change(
        client ->
            Admin.run(client, PlatformSql.MADE, items)
                .compose(made -> Admin.run(client, PlatformSql.GONE, items)));
  }

  @Override
  public Future<Void> failed(String platformId, List<Owed> owed, String why) {
    Tuple values = items(owed, platformId).addString(storable(why));
    return admin.read(client -> Admin.run(client, PlatformSql.FAILED, values));
  }

  @Override
  public Future<List<Reconciliation>> toReconcile(Duration every) {
    return admin.change(
        client ->
            Admin.run(client, PlatformSql.ASK_AGAIN, Tuple.of((double) every.toSeconds()))
                .compose(
                    asked ->
                        client
                            .query(PlatformSql.RECONCILIATION + "where ended_at is null")
                            .mapping(PlatformRows::reconciliation)
                            .execute()
                            .map(rows -> rows.stream().toList())));
  }

  @Override
  public Future<Optional<DeviceRef>> sweep(
      Lease lease, String platformId, Optional<DeviceRef> after, int limit) {
    Tuple values =
        Tuple.of(
            after.map(DeviceRef::productId).orElse(""),
            after.map(DeviceRef::deviceId).orElse(""),
            limit,
            platformId);
    return admin.change(
        client ->
            duty.hold(client, lease)
                .compose(
                    held ->
                        client
                            .preparedQuery(PlatformSql.SWEEP)
                            .mapping(row -> new DeviceRef(row.getString(0), row.getString(1)))
                            .execute(values)
                            .map(Admin::first)));
  }

  @Override
  public Future<Seen> seen(Lease lease, String platformId, long run, List<LoginName> names) {
    Tuple values =
        Tuple.of(platformId, run)
            .addArrayOfString(array(names, n -> n.ref().productId(), String[]::new))
            .addArrayOfString(array(names, n -> n.ref().deviceId(), String[]::new))
            .addArrayOfBuffer(array(names, n -> buffer(n.token()), Buffer[]::new));
    return admin.change(
        client ->
            duty.hold(client, lease)
                .compose(held -> client.preparedQuery(PlatformSql.SEEN).execute(values))
                .map(rows -> rows.iterator().next())
                .map(row -> new Seen(row.getInteger(0), row.getInteger(1))));
  }

  @Override
  public Future<Void> reconciled(Lease lease, Reconciliation found) {
    return admin.change(
        client ->
            duty.hold(client, lease)
                .compose(held -> missing(client, found))
                .compose(
                    missing ->
                        Admin.run(
                            client,
                            PlatformSql.RECONCILED,
                            Tuple.of(
                                found.platformId(),
                                found.run(),
                                found.listed(),
                                found.names(),
                                found.foreign(),
                                missing,
                                found.extra()))));
  }

  @Override
  public Future<Long> begin(Lease lease, String platformId) {
    return admin.change(
        client ->
            duty.hold(client, lease)
                .compose(
                    held ->
                        client
                            .preparedQuery(PlatformSql.BEGIN)
                            .mapping(row -> row.getLong(0))
                            .execute(Tuple.of(platformId)))
                .map(rows -> rows.iterator().next()));
  }

  @Override
  public Future<Void> notReconciled(Lease lease, String platformId, String why) {
    Tuple values = Tuple.of(platformId, storable(why));
    return admin.change(
        client ->
            duty.hold(client, lease)
                .compose(held -> Admin.run(client, PlatformSql.NOT_RECONCILED, values)));
  }

  private static Future<Integer> missing(SqlConnection client, Reconciliation found) {
    return found.listed()
        ? client
            .preparedQuery(PlatformSql.MISSING)
            .execute(Tuple.of(found.platformId(), found.run()))
            .map(rows -> rows.rowCount())
        : Future.succeededFuture(0);
  }

  private static Tuple items(List<Owed> owed, String platformId) {
    return keys(owed.stream().map(Owed::key).toList())
        .addArrayOfInteger(array(owed, Owed::turn, Integer[]::new))
        .addString(platformId);
  }

  private static Tuple keys(List<KeyRef> keys) {
    return Tuple.tuple()
        .addArrayOfString(array(keys, key -> key.ref().productId(), String[]::new))
        .addArrayOfString(array(keys, key -> key.ref().deviceId(), String[]::new))
        .addArrayOfBuffer(array(keys, key -> buffer(key.token()), Buffer[]::new));
  }

  private static Buffer buffer(Token token) {
    return Buffer.buffer(token.toBytes());
  }

  private static <I, O> O[] array(
      List<I> items, Function<I, O> field, java.util.function.IntFunction<O[]> make) {
    return items.stream().map(field).toArray(make);
  }

  private static String storable(String why) {
    String text = Admin.storable(why);
    return text.length() <= 500 ? text : text.substring(0, 500);
  }
}
