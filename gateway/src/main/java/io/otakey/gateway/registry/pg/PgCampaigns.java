package io.otakey.gateway.registry.pg;

import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignChange;
import io.otakey.gateway.campaign.CampaignChange.Changed;
import io.otakey.gateway.campaign.CampaignChange.NotAllowed;
import io.otakey.gateway.campaign.CampaignChange.NotFound;
import io.otakey.gateway.campaign.CampaignOrder;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.CampaignVerb;
import io.otakey.gateway.campaign.Campaigns;
import io.otakey.gateway.campaign.Forecast;
import io.otakey.gateway.campaign.Member;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.registry.Actor;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Campaigns in PostgreSQL, as operators see them. */
final class PgCampaigns implements Campaigns {
  static final String GET = CampaignRows.SELECT + "where c.id = $1";

  private static final String LIST =
      CampaignRows.SELECT
          + "where (cardinality($1::text[]) = 0 or c.products <@ $1)"
          + " and (cardinality($2::int2[]) = 0 or c.state = any($2)) and c.id < $3"
          + " order by c.id desc limit $4";

  private static final String MEMBERS =
      """
      select m.product_id, m.device_id, m.wave, m.reason, s.state,
        m.tries + (case when s.state = 2 then 1 else 0 end) as tries,
        coalesce(case when s.state = 2 then (
          select min(a.at) from campaign_ask a
          where a.campaign_id = $1 and a.wave = m.wave and a.upto >= m.position) end, m.since) as since
      from campaign_device m
      join campaign_wave w on w.campaign_id = $1 and w.wave = m.wave
      cross join lateral (
        select case when m.state = 1 and m.position <= w.asked_to then 2 else m.state end as state
      ) s
      where m.campaign_id = $1 and (m.product_id, m.device_id) > ($2, $3)
        and ($4::int2 is null or s.state = $4)
      order by m.product_id, m.device_id limit $5
      """;

  /** Stop rules look at what comes from now on. */
  private static final String GO_ON =
      """
      update campaign c set state = 5, why = '', ended_at = null,
        started_at = coalesce(started_at, now()), open_wave = open_wave + $2,
        base = (select array_agg(coalesce(n.devices, 0) order by s)
          from generate_series(1, 7) s left join (
            select state, sum(devices)::int8 as devices from campaign_count
            where campaign_id = $1 group by state) n on n.state = s)
      where id = $1
      """;

  private final Admin admin;

  PgCampaigns(Admin admin) {
    this.admin = admin;
  }

  @Override
  public Future<Forecast> forecast(CampaignOrder order) {
    CampaignChoice.Query query = CampaignChoice.forecast(order);
    return Admin.accept(order.problems())
        .compose(
            valid ->
                admin.read(client -> client.preparedQuery(query.sql()).execute(query.values())))
        .map(
            rows -> {
              Long[] waves = new Long[CampaignChoice.waves(order)];
              Arrays.fill(waves, 0L);
              long busy = 0;
              for (Row row : rows) {
                busy = row.getLong(2);
                if (row.getInteger(0) > 0) {
                  waves[row.getInteger(0) - 1] = row.getLong(1);
                }
              }
              return new Forecast(List.of(waves), busy);
            });
  }

  @Override
  public Future<Campaign> create(Actor actor, CampaignOrder order) {
    return Admin.accept(order.problems())
        .compose(
            valid ->
                admin.change(
                    client ->
                        client
                            .preparedQuery(CampaignRows.INSERT)
                            .execute(CampaignRows.values(order, actor.name()))
                            .map(rows -> rows.iterator().next().getLong(0))
                            .compose(
                                id ->
                                    note(client, actor, "campaign.create", order, id)
                                        .compose(v -> read(client, id)))))
        .map(Optional::orElseThrow);
  }

  /** In the log of its product, or of the installation where it has several. */
  private Future<Void> note(
      SqlConnection client, Actor actor, String action, CampaignOrder order, long id) {
    Set<String> products = order.target().products();
    String product = products.size() == 1 ? products.iterator().next() : null;
    return admin.audit(
        client, actor, action, product, null, "campaign " + id + ", " + order.name());
  }

  private static Future<Optional<Campaign>> read(SqlClient client, long id) {
    return client
        .preparedQuery(GET)
        .mapping(CampaignRows::campaign)
        .execute(Tuple.of(id))
        .map(Admin::first);
  }

  @Override
  public Future<Optional<Campaign>> get(long id) {
    return admin.read(client -> read(client, id));
  }

  @Override
  public Future<List<Campaign>> list(
      Set<String> products, Set<CampaignState> states, OptionalLong before, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    Tuple values =
        Tuple.tuple()
            .addArrayOfString(products.toArray(String[]::new))
            .addArrayOfShort(
                states.stream().map(state -> CampaignRows.code(state)).toArray(Short[]::new))
            .addLong(before.orElse(Long.MAX_VALUE))
            .addInteger(limit);
    return admin.read(
        client ->
            client
                .preparedQuery(LIST)
                .mapping(CampaignRows::campaign)
                .execute(values)
                .map(rows -> rows.stream().toList()));
  }

  @Override
  public Future<List<Member>> members(
      long id, Optional<MemberState> state, Optional<DeviceRef> after, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    Tuple values =
        Tuple.of(
                id,
                after.map(DeviceRef::productId).orElse(""),
                after.map(DeviceRef::deviceId).orElse(""))
            .addShort(state.map(CampaignRows::code).orElse(null))
            .addInteger(limit);
    return admin.read(
        client ->
            client
                .preparedQuery(MEMBERS)
                .mapping(CampaignRows::member)
                .execute(values)
                .map(rows -> rows.stream().toList()));
  }

  @Override
  public Future<CampaignChange> act(Actor actor, CampaignVerb verb, long id) {
    return admin.change(
        client ->
            client
                .preparedQuery("select 1 from campaign where id = $1 for update")
                .execute(Tuple.of(id))
                .compose(locked -> read(client, id))
                .compose(
                    found ->
                        found.isEmpty()
                            ? Future.succeededFuture(new NotFound(id))
                            : act(client, actor, verb, found.get())));
  }

  private Future<CampaignChange> act(
      SqlConnection client, Actor actor, CampaignVerb verb, Campaign campaign) {
    Optional<String> refusal = verb.refusal(campaign, actor.name());
    if (refusal.isPresent()) {
      return Future.succeededFuture(new NotAllowed(refusal.get()));
    }
    return apply(client, actor, verb, campaign)
        .compose(v -> note(client, actor, verb.auditName(), campaign.order(), campaign.id()))
        .compose(v -> read(client, campaign.id()))
        .map(now -> new Changed(now.orElseThrow()));
  }

  private static Future<?> apply(
      SqlConnection client, Actor actor, CampaignVerb verb, Campaign campaign) {
    long id = campaign.id();
    return switch (verb) {
      case APPROVE ->
          Admin.run(
              client,
              "update campaign set approved_by = $2, state = case when start_itself then 5 else 4"
                  + " end, started_at = case when start_itself then now() end where id = $1",
              Tuple.of(id, actor.name()));
      case DENY ->
          Admin.run(
              client,
              "update campaign set state = 3, why = $2, ended_at = now() where id = $1",
              Tuple.of(id, "denied by " + actor.name()));
      case START, RESUME -> Admin.run(client, GO_ON, Tuple.of(id, 0));
      case NEXT_WAVE -> Admin.run(client, GO_ON, Tuple.of(id, 1));
      case PAUSE ->
          Admin.run(
              client,
              "update campaign set state = 6, why = $2 where id = $1",
              Tuple.of(id, "paused by " + actor.name()));
      case RETRY_FAILED ->
          Admin.run(client, CampaignSql.RETRY, Tuple.of(id))
              .compose(v -> Admin.run(client, GO_ON, Tuple.of(id, 0)));
      case ABORT ->
          Admin.run(
              client,
              "update campaign set state = 7, why = $2 where id = $1",
              Tuple.of(id, "aborted by " + actor.name()));
    };
  }
}
