package io.otakey.gateway.registry.pg;

import io.otakey.gateway.campaign.CampaignOrder;
import io.otakey.gateway.campaign.Goal;
import io.otakey.gateway.campaign.Target;
import io.otakey.protocol.wire.KeyRef;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * Statements on the devices of campaigns. All of them are set-based, lock devices in the order in
 * which batches lock them, and keep the counts along. States are written as their codes: 1 queued,
 * 2 notified, 3 confirmed, 4 failed, 5 rejected, 6 timed out, 7 canceled.
 */
final class CampaignSql {
  /** What left a state leaves its count, what came to one joins it. */
  private static final String COUNTED =
      """
      , counted as (
        update campaign_count c set devices = c.devices + d.change
        from (
          select campaign_id, wave, state, sum(change)::int8 as change
          from (select campaign_id, wave, was as state, -1 as change from moved
                union all select campaign_id, wave, state, 1 from moved) x
          group by campaign_id, wave, state
        ) d
        where c.campaign_id = d.campaign_id and c.wave = d.wave and c.state = d.state
      ) select count(*) from moved
      """;

  private static final String HELD =
      """
      , held as materialized (
        select d.product_id, d.device_id, d.epoch, d.connection_id, d.status, p.goal_epoch, p.tries
        from device d join picked p on p.product_id = d.product_id and p.device_id = d.device_id
        order by d.product_id, d.device_id for update of d
      )""";

  private static final String NEXT =
      """
      with picked as materialized (
        select product_id, device_id, goal_epoch, tries from campaign_device
        where campaign_id = $1 and state = 1 and wave <= $2 order by wave, position limit $3
      )"""
          + HELD;

  private static final String MOVED =
      """
      , moved as (
        update campaign_device m set since = now(), tries = m.tries + 1, goal_epoch = h.epoch + 1,
          state = %s
        from held h
        where m.campaign_id = $1 and m.product_id = h.product_id and m.device_id = h.device_id
        returning m.campaign_id, m.wave, 1 as was, m.state
      )""";

  /**
   * $1 campaign, $2 last open wave, $3 limit, $4 connection to move to or 0. Gives back how many
   * devices are queued no more, and those that were asked as arrays. Nothing joins one set with
   * another but by the keys of a table: the planner does not know how large the sets are.
   */
  static final String ASK =
      NEXT
          + """
          , asked as (
            update device d set
              wanted_epoch = case when $4 = 0 then h.epoch + 1 else d.wanted_epoch end,
              wanted_connection = case when $4 = 0 then d.wanted_connection else $4 end
            from held h
            where d.product_id = h.product_id and d.device_id = h.device_id
              and h.status = 2 and h.epoch < %d and ($4 = 0 or h.connection_id <> $4)
            returning d.product_id, d.device_id, d.epoch, %s as told
          )"""
              .formatted(KeyRef.MAX_EPOCH, DeviceSql.TOLD)
          + MOVED.formatted(
              """
              case when h.status <> 2 or h.epoch >= %d then 5
                when $4 <> 0 and h.connection_id = $4 then 3 else 2 end"""
                  .formatted(KeyRef.MAX_EPOCH))
          + COUNTED.replace(
              "select count(*) from moved",
              """
              select (select count(*) from moved), array_agg(product_id), array_agg(device_id),
                array_agg(epoch), array_agg(told) from asked""");

  /**
   * $1 campaign, $2 last open wave, $3 limit, $4 who ordered it. Gives back how many devices are
   * queued no more, beside each row that was revoked, if any.
   */
  static final String REVOKE =
      NEXT
          + """
          , revoked as (
            update device d set status = 4, returns_to = null, re_enroll_approved = false,
              wanted_epoch = 0, wanted_connection = 0, version = d.version + 1
            from held h
            where d.product_id = h.product_id and d.device_id = h.device_id
              and h.status in (1, 2, 3)
            returning d.product_id, d.device_id, d.epoch, d.token, d.attempt, d.connection_id,
              d.recovered_in
          ), forgotten as (
            delete from awaiting a using revoked r
            where a.product_id = r.product_id and a.device_id = r.device_id
          ), noted as (
            insert into audit (actor, address, action, product_id, device_id, detail)
            select $4, '', 'device.revoke', product_id, device_id, 'campaign ' || $1::int8
            from revoked
          ), told as (
            insert into event (kind, product_id, device_id, actor)
            select 14, product_id, device_id, $4 from revoked
          )"""
          + MOVED.formatted("case when h.status in (1, 2, 3, 4) then 3 else 5 end")
          + COUNTED.replace(
              "select count(*) from moved",
              """
              select m.moved, r.product_id, r.device_id, 4::int2, r.epoch, r.token, r.attempt,
                r.connection_id, r.recovered_in, false
              from (select count(*) as moved from moved) m left join revoked r on true""");

  /** Takes a wish back where it still is this campaign's; {@code over} says of which devices. */
  private static final String LET_BE =
      """
      , let_be as (
        update device d set
          wanted_epoch = case when %1$s = 0 then 0 else d.wanted_epoch end,
          wanted_connection = case when %1$s = 0 then d.wanted_connection else 0 end
        from held h
        where d.product_id = h.product_id and d.device_id = h.device_id and %2$s
          and (%1$s = 0 and d.wanted_epoch = h.goal_epoch
            or %1$s <> 0 and d.wanted_connection = %1$s)
      )""";

  private static final String DONE =
      "(h.epoch >= h.goal_epoch and ($2 = 0 or h.connection_id = $2))";

  /** $1 campaign, $2 connection to move to or 0, $3 limit, $4 seconds, $5 retries. */
  static final String EXPIRE =
      """
      with picked as materialized (
        select product_id, device_id, goal_epoch, tries from campaign_device
        where campaign_id = $1 and state = 2 and since < now() - make_interval(secs => $4)
        order by since limit $3
      )"""
          + HELD
          + LET_BE.formatted("$2", "h.tries > $5 and not " + DONE)
          + """
          , moved as (
            update campaign_device m set since = now(), position = (random() * 9e15)::int8,
              state = case when %s then 3 when h.status <> 2 then 5 when h.tries <= $5 then 1
                else 6 end
            from held h
            where m.campaign_id = $1 and m.product_id = h.product_id and m.device_id = h.device_id
            returning m.campaign_id, m.wave, 2 as was, m.state
          )"""
              .formatted(DONE)
          + COUNTED;

  /** $1 campaign, $2 connection to move to or 0, $3 limit. */
  static final String CANCEL_NOTIFIED =
      """
      with picked as materialized (
        select product_id, device_id, goal_epoch, tries from campaign_device
        where campaign_id = $1 and state = 2 order by since limit $3
      )"""
          + HELD
          + LET_BE.formatted("$2", "not " + DONE)
          + """
          , moved as (
            update campaign_device m set since = now(), state = case when %s then 3 else 7 end
            from held h
            where m.campaign_id = $1 and m.product_id = h.product_id and m.device_id = h.device_id
            returning m.campaign_id, m.wave, 2 as was, m.state
          )"""
              .formatted(DONE)
          + COUNTED;

  /** $1 campaign, $2 limit. */
  static final String CANCEL_QUEUED =
      """
      with picked as materialized (
        select product_id, device_id from campaign_device
        where campaign_id = $1 and state = 1 order by wave, position limit $2
      ), moved as (
        update campaign_device m set since = now(), state = 7
        from picked p
        where m.campaign_id = $1 and m.product_id = p.product_id and m.device_id = p.device_id
        returning m.campaign_id, m.wave, 1 as was, m.state
      )"""
          + COUNTED;

  /** $1 campaign. */
  static final String RETRY =
      """
      with picked as materialized (
        select product_id, device_id, state from campaign_device
        where campaign_id = $1 and state in (4, 5, 6)
      ), moved as (
        update campaign_device m set since = now(), state = 1, tries = 0,
          position = (random() * 9e15)::int8
        from picked p
        where m.campaign_id = $1 and m.product_id = p.product_id and m.device_id = p.device_id
        returning m.campaign_id, m.wave, p.state as was, m.state
      )"""
          + COUNTED;

  /**
   * Events after the cursor ($1 transaction, $2 id; at most $3) of devices in campaigns that run or
   * pause. A key that reached the goal counts whenever it comes; an ABANDON counts once for each
   * time the device was asked. Gives back how many events there were, and the last one.
   */
  static final String ABSORB =
      """
      with fresh as materialized (
        select tx, id, kind, epoch, product_id, device_id, reason,
          get_byte(token, 6) * 256 + get_byte(token, 7) as granted
        from event
        where (tx, id) > ($1::text::xid8, $2) and tx < pg_snapshot_xmin(pg_current_snapshot())
        order by tx, id limit $3
      ), told as materialized (
        select c.id as campaign_id, c.connection_id as target, c.retries, f.product_id, f.device_id,
          m.state as was, m.goal_epoch, m.tries, max(f.reason) as reason,
          bool_or(f.kind <= 3 and f.epoch >= m.goal_epoch
            and (c.connection_id = 0 or f.granted = c.connection_id)) as done,
          bool_or(f.kind = 4 and f.epoch >= m.goal_epoch - 1 and m.state = 2) as gave_up
        from fresh f
        cross join (select id, connection_id, retries from campaign where state in (5, 6)) c
        cross join lateral (select * from campaign_device x where x.campaign_id = c.id
          and x.product_id = f.product_id and x.device_id = f.device_id offset 0) m
        where m.goal_epoch is not null and m.state in (1, 2, 4, 6)
        group by c.id, c.connection_id, c.retries, f.product_id, f.device_id, m.state, m.goal_epoch,
          m.tries
      ), held as materialized (
        select t.* from told t
        join device d on d.product_id = t.product_id and d.device_id = t.device_id
        where t.gave_up and not t.done and t.tries > t.retries
        order by t.product_id, t.device_id for update of d
      )"""
          + LET_BE.formatted("h.target", "true")
          + """
          , moved as (
            update campaign_device m set since = now(), reason = coalesce(t.reason, m.reason),
              position = (random() * 9e15)::int8,
              state = case when t.done then 3 when t.tries <= t.retries then 1 else 4 end
            from told t
            where (t.done or t.gave_up) and m.campaign_id = t.campaign_id
              and m.product_id = t.product_id and m.device_id = t.device_id
            returning m.campaign_id, m.wave, t.was, m.state
          )"""
          + COUNTED.replace(
              "select count(*) from moved",
              "select tx::text, id, (select count(*) from fresh)::int4 from fresh"
                  + " order by tx desc, id desc limit 1");

  /** A statement with its parameters: the same text for every campaign of the same shape. */
  record Query(String sql, Tuple values) {}

  private CampaignSql() {}

  /**
   * Devices of each wave, and how many match but are busy. Which device is in which is left open.
   */
  static Query forecast(CampaignOrder order) {
    Tuple values = Tuple.tuple();
    String sql =
        "with "
            + chosen(order, 0, "0", values)
            + """
             select wave, count(*), (select count(*) from matching) - (select count(*) from free)
            from chosen group by wave
            union all
            select 0, 0, (select count(*) from matching) - (select count(*) from free)
            order by 1
            """;
    return new Query(sql, values);
  }

  /** Writes the devices with their waves; gives back how many there are, and how many are busy. */
  static Query plan(CampaignOrder order, long seed, long id) {
    Tuple values = Tuple.tuple();
    String campaign = parameter(values, id, "int8");
    String sql =
        "with "
            + chosen(order, seed, campaign, values)
            + """
            , planned as (
              insert into campaign_device (campaign_id, position, wave, product_id, device_id)
              select %1$s, position, wave, product_id, device_id from chosen
              returning wave
            ), counted as (
              insert into campaign_count (campaign_id, wave, state, devices)
              select %1$s, w, s, case when s = 1 then coalesce(p.devices, 0) else 0 end
              from generate_series(1, %2$s) w cross join generate_series(1, 7) s
              left join (select wave, count(*) as devices from planned group by wave) p
                on p.wave = w
            )
            select (select count(*) from planned),
              (select count(*) from matching) - (select count(*) from free)
            """
                .formatted(campaign, parameter(values, waves(order), "int4"));
    return new Query(sql, values);
  }

  /** Writes devices that match and are not in the campaign yet, to its open wave. */
  static Query join(CampaignOrder order, long seed, long id, int wave, int limit) {
    Tuple values = Tuple.tuple();
    String campaign = parameter(values, id, "int8");
    String sql =
        "with "
            + sampled(order, seed, campaign, values)
            + """
            , moved as (
              insert into campaign_device (campaign_id, position, wave, product_id, device_id)
              select %1$s, position, %2$s, product_id, device_id from sampled s
              where not exists (select 1 from campaign_device x where x.campaign_id = %1$s
                and x.product_id = s.product_id and x.device_id = s.device_id)
              limit %3$s
              returning wave
            )
            update campaign_count set devices = devices + (select count(*) from moved)
            where campaign_id = %1$s and wave = %2$s and state = 1
            """
                .formatted(
                    campaign, parameter(values, wave, "int4"), parameter(values, limit, "int4"));
    return new Query(sql, values);
  }

  static int waves(CampaignOrder order) {
    int sum = order.waves().stream().mapToInt(Integer::intValue).sum();
    return order.waves().size() + (sum < 100 ? 1 : 0);
  }

  private static String chosen(CampaignOrder order, long seed, String campaign, Tuple values) {
    String sampled = sampled(order, seed, campaign, values);
    List<Double> ends = new ArrayList<>();
    double end = 0;
    for (int wave : order.waves()) {
      end += wave;
      ends.add(end);
    }
    return sampled
        + """
        , chosen as materialized (
          select product_id, device_id, position, least(%s, 1 + width_bucket(
            (row_number() over (order by position) - 1) * 100::float8 / count(*) over (), %s))
            as wave
          from sampled
        )"""
            .formatted(
                parameter(values, waves(order), "int4"),
                parameter(values, ends.toArray(Double[]::new), "float8[]"));
  }

  /** Devices that match, those that no other campaign has, and of these the sample. */
  private static String sampled(CampaignOrder order, long seed, String campaign, Tuple values) {
    return """
    matching as materialized (
      select d.product_id, d.device_id from device d where %1$s
    ), free as materialized (
      select m.product_id, m.device_id from matching m
      where not exists (
        select 1 from campaign_device x join campaign o on o.id = x.campaign_id
        where o.state not in (3, 8, 9) and o.id <> %2$s and x.product_id = m.product_id
          and x.device_id = m.device_id and x.state in (1, 2))
    ), sampled as materialized (
      select product_id, device_id,
        hashtextextended(product_id || '/' || device_id, %3$s) as position
      from free
      where %4$s = 100 or (hashtextextended(product_id || '/' || device_id, %3$s + 1)
        & 9223372036854775807) %% 100 < %4$s
    )"""
        .formatted(
            conditions(order, values),
            campaign,
            parameter(values, seed, "int8"),
            parameter(values, order.target().percent(), "int4"));
  }

  private static String conditions(CampaignOrder order, Tuple values) {
    Target target = order.target();
    List<String> conditions = new ArrayList<>();
    String[] products = target.products().toArray(String[]::new);
    conditions.add("d.product_id = any(" + parameter(values, products, "text[]") + ")");
    conditions.add(order.goal() instanceof Goal.Revoke ? "d.status in (1, 2, 3)" : "d.status = 2");
    if (order.goal() instanceof Goal.Move move) {
      conditions.add("d.connection_id <> " + parameter(values, move.connectionId(), "int4"));
    }
    if (!target.idPrefix().isEmpty()) {
      conditions.add("d.device_id ^@ " + parameter(values, target.idPrefix(), "text"));
    }
    target
        .firmware()
        .ifPresent(
            firmware -> conditions.add("d.firmware = " + parameter(values, firmware, "text")));
    target
        .platformId()
        .ifPresent(
            platform ->
                conditions.add(
                    "d.connection_id in (select id from connection where platform_id = "
                        + parameter(values, platform, "text")
                        + ")"));
    target
        .keyOlderThan()
        .map(age -> (double) age.toSeconds())
        .ifPresent(
            seconds ->
                conditions.add(
                    "d.committed_at < now() - make_interval(secs => "
                        + parameter(values, seconds, "float8")
                        + ")"));
    if (!target.deviceIds().isEmpty()) {
      String[] ids = target.deviceIds().toArray(String[]::new);
      conditions.add("d.device_id = any(" + parameter(values, ids, "text[]") + ")");
    }
    return String.join(" and ", conditions);
  }

  /** Adds a value; how the statement names it. */
  private static String parameter(Tuple values, Object value, String type) {
    values.addValue(value);
    return "$" + values.size() + "::" + type;
  }
}
