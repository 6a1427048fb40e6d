package io.otakey.gateway.registry.pg;

import io.otakey.gateway.campaign.Asking;
import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.Goal;
import io.otakey.gateway.campaign.Steering.Turn;
import io.otakey.gateway.campaign.StopRule;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.pg.Duty.Cursor;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Campaigns in PostgreSQL, as the node that runs them sees them. */
final class PgCampaignLedger extends PgDutyLedger implements CampaignLedger {
  private static final String UNFINISHED =
      CampaignRows.SELECT + "where c.state in (1, 5, 6, 7) order by c.id";

  private static final String LOCK_WATCHED =
      "select 1 from campaign where state in (5, 6) order by id for update";

  private static final String LOCK =
      "select seed from campaign where id = $1 and state = any($2) for update";

  private static final String PLANNED =
      """
      update campaign set planned_at = now(), labels_read_in = pg_current_xact_id(), busy = $2,
        state = case when $3 = 0 and join_until is null then 8 when needs_approval then 2
          when start_itself then 5 else 4 end,
        started_at = case when start_itself and not needs_approval then now() end,
        ended_at = case when $3 = 0 and join_until is null then now() end,
        why = case when $3 > 0 or join_until is not null then ''
          else 'no device matches; ' || $2::int8 || ' are in other campaigns' end
      where id = $1
      """;

  private static final String JOINED =
      """
      update campaign set joined_at = now(), labels_read_in = pg_current_xact_id()
      where id = $1 and join_until > now()
        and coalesce(joined_at, planned_at) < now() - interval '1 minute'
      returning open_wave
      """;

  private static final String STOPPED =
      "update campaign set state = 8, ended_at = now() where id = $1";

  private static final String STOP = "update campaign set state = $2, why = $3 where id = $1";

  private static final String OPEN =
      "update campaign set open_wave = $2, state = $3, why = $4 where id = $1";

  private static final String FINISH =
      "update campaign set state = 9, why = '', ended_at = now() where id = $1 and not exists"
          + " (select 1 from campaign_count where campaign_id = $1 and state in (1, 2)"
          + " and devices > 0)";

  private static final int JOIN_LIMIT = 50_000;

  private final ChangeLog changes;

  PgCampaignLedger(Admin admin, ChangeLog changes) {
    super(admin, "campaigns", "not exists (select 1 from campaign where state in (5, 6))");
    this.changes = changes;
  }

  @Override
  public Future<List<Campaign>> unfinished() {
    return admin.read(
        client ->
            client
                .query(UNFINISHED)
                .mapping(CampaignRows::campaign)
                .execute()
                .map(rows -> rows.stream().toList()));
  }

  @Override
  public Future<Void> plan(Lease lease, Campaign campaign) {
    return change(
            lease,
            campaign,
            Set.of(CampaignState.PLANNING),
            (client, seed) -> {
              CampaignChoice.Query query =
                  CampaignChoice.plan(campaign.order(), seed, campaign.id());
              return client
                  .preparedQuery(query.sql())
                  .execute(query.values())
                  .map(rows -> rows.iterator().next())
                  .compose(
                      planned ->
                          Admin.run(
                              client,
                              PLANNED,
                              Tuple.of(campaign.id(), planned.getLong(1), planned.getLong(0))))
                  .map(1);
            })
        .mapEmpty();
  }

  @Override
  public Future<Integer> absorb(Lease lease, int limit) {
    return admin.change(
        client -> duty.cursor(client, lease).compose(cursor -> absorb(client, cursor, limit)));
  }

  private Future<Integer> absorb(SqlConnection client, Cursor cursor, int limit) {
    return client
        .query(LOCK_WATCHED)
        .execute()
        .compose(locked -> Admin.byKeys(client))
        .compose(
            v ->
                client
                    .preparedQuery(CampaignSql.ABSORB)
                    .execute(Tuple.of(cursor.tx(), cursor.id(), limit)))
        .compose(
            rows -> {
              Optional<Row> last = Admin.first(rows);
              return last.isEmpty()
                  ? none()
                  : duty.seen(client, new Cursor(last.get().getString(0), last.get().getLong(1)))
                      .map(last.get().getInteger(2));
            });
  }

  @Override
  public Future<Asking> ask(Lease lease, Campaign campaign, int limit) {
    if (campaign.order().goal() instanceof Goal.Revoke) {
      return revoke(lease, campaign, limit);
    }
    Tuple values =
        Tuple.of(campaign.id(), campaign.openWave(), limit)
            .addValue(campaign.order().goal().target());
    return change(
        lease,
        campaign,
        Set.of(CampaignState.RUNNING),
        Asking.NONE,
        (client, seed) ->
            Admin.byKeys(client)
                .compose(v -> client.preparedQuery(CampaignSql.ASK).execute(values))
                .map(rows -> asking(rows.iterator().next())));
  }

  /** What was revoked, and how many devices are queued no more. */
  private record Revoked(int devices, List<Change.Device> rows) {}

  private Future<Asking> revoke(Lease lease, Campaign campaign, int limit) {
    Tuple values = Tuple.of(campaign.id(), campaign.openWave(), limit, campaign.createdBy());
    return change(
            lease,
            campaign,
            Set.of(CampaignState.RUNNING),
            new Revoked(0, List.of()),
            (client, seed) ->
                client
                    .preparedQuery(CampaignSql.REVOKE)
                    .execute(values)
                    .map(PgCampaignLedger::revoked)
                    .compose(revoked -> note(client, campaign, revoked).map(revoked))
                    .compose(revoked -> changes.keep(revoked.rows()).map(revoked)))
        .map(revoked -> new Asking(revoked.devices(), List.of()));
  }

  private Future<Void> note(SqlConnection client, Campaign campaign, Revoked revoked) {
    return admin.auditEach(
        client,
        new Actor(campaign.createdBy(), ""),
        "device.revoke",
        revoked.rows().stream()
            .map(change -> new AuditWriter.Of(change.ref().productId(), change.ref().deviceId()))
            .toList(),
        "campaign " + campaign.id());
  }

  private static Revoked revoked(RowSet<Row> rows) {
    List<Change.Device> revoked = new ArrayList<>();
    int devices = 0;
    for (Row row : rows) {
      devices = row.getLong(0).intValue();
      if (row.getString(1) != null) {
        DeviceRef ref = new DeviceRef(row.getString(1), row.getString(2));
        revoked.add(
            new Change.Device(Change.Cause.REVOKED, ref, Rows.deviceRow(row, 3), Optional.empty()));
      }
    }
    return new Revoked(devices, revoked);
  }

  private static Asking asking(Row row) {
    List<AskedDevice> asked = new ArrayList<>();
    String[] products = row.getArrayOfStrings(1);
    if (products != null) {
      String[] ids = row.getArrayOfStrings(2);
      Long[] epochs = row.getArrayOfLongs(3);
      Short[] told = row.getArrayOfShorts(4);
      for (int i = 0; i < products.length; i++) {
        Answer.Action action = Answer.Action.of(told[i]);
        asked.add(new AskedDevice(new DeviceRef(products[i], ids[i]), epochs[i], action));
      }
    }
    return new Asking(row.getLong(0).intValue(), asked);
  }

  @Override
  public Future<Integer> expire(Lease lease, Campaign campaign, int limit) {
    Tuple values =
        Tuple.of(
            campaign.id(),
            campaign.order().goal().target(),
            limit,
            (double) campaign.order().timeout().toSeconds(),
            campaign.order().retries());
    return change(
        lease,
        campaign,
        Set.of(CampaignState.RUNNING, CampaignState.PAUSED),
        (client, seed) -> count(client, CampaignSql.EXPIRE, values));
  }

  @Override
  public Future<Void> join(Lease lease, Campaign campaign) {
    return change(
            lease,
            campaign,
            Set.of(CampaignState.RUNNING),
            (client, seed) ->
                client
                    .preparedQuery(JOINED)
                    .execute(Tuple.of(campaign.id()))
                    .map(Admin::first)
                    .compose(
                        due -> due.isEmpty() ? none() : join(client, campaign, seed, due.get())))
        .mapEmpty();
  }

  private static Future<Integer> join(SqlConnection client, Campaign campaign, long seed, Row due) {
    CampaignChoice.Query query =
        CampaignChoice.join(campaign.order(), seed, campaign.id(), due.getInteger(0), JOIN_LIMIT);
    return Admin.run(client, query.sql(), query.values()).map(1);
  }

  @Override
  public Future<Integer> cancel(Lease lease, Campaign campaign, int limit) {
    long id = campaign.id();
    Tuple notified = Tuple.of(id, campaign.order().goal().target(), limit);
    Tuple queued = Tuple.of(id, campaign.waves().size(), limit);
    return change(
        lease,
        campaign,
        Set.of(CampaignState.STOPPING),
        (client, seed) ->
            count(client, CampaignSql.CANCEL_NOTIFIED, notified)
                .compose(
                    done ->
                        done > 0
                            ? Future.succeededFuture(done)
                            : count(client, CampaignSql.CANCEL_QUEUED, queued))
                .compose(
                    done ->
                        done > 0
                            ? Future.succeededFuture(done)
                            : Admin.run(client, STOPPED, Tuple.of(id)).map(0)));
  }

  @Override
  public Future<Void> steer(Lease lease, Campaign campaign, Turn turn) {
    return change(
            lease,
            campaign,
            Set.of(CampaignState.RUNNING),
            (client, seed) -> steer(client, campaign.id(), turn))
        .mapEmpty();
  }

  private static Future<Integer> steer(SqlConnection client, long id, Turn turn) {
    if (turn instanceof Turn.Stop stop) {
      short state =
          CampaignRows.code(
              stop.action() == StopRule.Action.PAUSE
                  ? CampaignState.PAUSED
                  : CampaignState.STOPPING);
      return Admin.run(client, STOP, Tuple.of(id, state, stop.why())).map(1);
    }
    if (turn instanceof Turn.OpenWave next) {
      short state = CampaignRows.code(next.pause() ? CampaignState.PAUSED : CampaignState.RUNNING);
      return Admin.run(client, OPEN, Tuple.of(id, next.wave(), state, next.why())).map(1);
    }
    return Admin.run(client, FINISH, Tuple.of(id)).map(1);
  }

  /** One transaction, under the lease and under the campaign's lock; else nothing happens. */
  private Future<Integer> change(
      Lease lease,
      Campaign campaign,
      Set<CampaignState> states,
      BiFunction<SqlConnection, Long, Future<Integer>> steps) {
    return change(lease, campaign, states, 0, steps);
  }

  private <T> Future<T> change(
      Lease lease,
      Campaign campaign,
      Set<CampaignState> states,
      T otherwise,
      BiFunction<SqlConnection, Long, Future<T>> steps) {
    Tuple lock =
        Tuple.of(campaign.id())
            .addArrayOfShort(states.stream().map(CampaignRows::code).toArray(Short[]::new));
    return admin.change(
        client ->
            duty.hold(client, lease)
                .compose(held -> client.preparedQuery(LOCK).execute(lock).map(Admin::first))
                .compose(
                    seed ->
                        seed.isPresent()
                            ? steps.apply(client, seed.get().getLong(0))
                            : Future.succeededFuture(otherwise)));
  }

  private static Future<Integer> none() {
    return Future.succeededFuture(0);
  }

  private static Future<Integer> count(SqlConnection client, String sql, Tuple values) {
    return client
        .preparedQuery(sql)
        .execute(values)
        .map(rows -> rows.iterator().next().getLong(0).intValue());
  }
}
