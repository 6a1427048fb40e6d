package io.otakey.gateway.registry.pg;

import io.otakey.protocol.wire.KeyRef;

/**
 * Statements on the devices of campaigns. All of them are set-based, lock devices in the order in
 * which batches lock them, and keep the counts along. States are written as their codes: 1 queued,
 * 3 confirmed, 4 failed, 5 rejected, 6 timed out, 7 canceled. Who is queued at a position that its
 * wave has passed ({@code asked_to}) is notified, 2, which is counted and not written: asking a
 * device costs its own row alone, and its commit one row without an index entry.
 *
 * <p>Nothing joins one set with another but by the keys of a table: the planner does not know how
 * large the sets are. Rows of campaigns are found again by {@code ctid}, since nobody else writes
 * them under the campaign's lock; rows of devices are not, since a CONFIRM may move them.
 */
final class CampaignSql {
  /**
   * Queued devices with positions in ({@code lo}, {@code hi}] of the waves that are {@code due}; $3
   * limit. And how far each wave has come with them.
   */
  private static final String PICKED =
      """
      , picked as materialized (
        select m.* from due cross join lateral (
          select x.ctid as row_id, x.wave, x.position, x.goal_epoch, x.tries, x.product_id,
            x.device_id
          from campaign_device x
          where x.campaign_id = $1 and x.wave = due.wave and x.position > due.lo
            and x.position <= due.hi and x.state = 1
          order by x.position limit $3
        ) m order by m.wave, m.position limit $3
      ), went as (
        select due.wave, due.lo, case when (select count(*) from picked) < $3 then due.hi
          else coalesce((select max(p.position) from picked p where p.wave = due.wave), due.lo)
          end as reached
        from due
      )""";

  private static final String HELD =
      """
      , held as materialized (
        select d.product_id, d.device_id, d.epoch, d.connection_id, d.status, p.row_id, p.wave,
          p.goal_epoch, p.tries
        from device d join picked p on p.product_id = d.product_id and p.device_id = d.device_id
        order by d.product_id, d.device_id for update of d
      )""";

  /** Those of the open waves that were not asked yet; $1 campaign, $2 last open wave. */
  private static final String NEXT =
      """
      with due as (
        select wave, asked_to as lo, end_at as hi from campaign_wave
        where campaign_id = $1 and wave <= $2 and asked_to < end_at
      )"""
          + PICKED;

  private static final String ASKED_TO =
      """
      , advanced as (
        update campaign_wave w set asked_to = g.reached from went g
        where w.campaign_id = $1 and w.wave = g.wave
      )""";

  /** Those that were asked and have not answered, up to what {@code due} says. */
  private static final String SETTLED_TO =
      """
      , advanced as (
        update campaign_wave w set settled_to = g.reached,
          end_at = w.end_at + (select count(*) from moved m where m.wave = g.wave and m.state = 1)
        from went g where w.campaign_id = $1 and w.wave = g.wave
      ), forgotten as (
        delete from campaign_ask a using went g
        where a.campaign_id = $1 and a.wave = g.wave and a.upto <= g.reached
      )""";

  /** Writes what was {@code decided}; who is queued again goes to the end of its wave. */
  private static final String MOVED =
      """
      , moved as (
        update campaign_device m set since = now(), state = d.state, tries = m.tries + 1,
          position = case when d.state = 1 then w.end_at + d.nth else m.position end
        from decided d join campaign_wave w on w.campaign_id = $1 and w.wave = d.wave
        where m.ctid = d.row_id
        returning m.campaign_id, m.wave, %d as was, m.state
      )""";

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

  /** Of the row as it is when it is locked. */
  private static final String THERE =
      "($4 = 0 and d.epoch >= p.goal_epoch or $4 <> 0 and d.connection_id = $4)";

  private static final String ASKABLE =
      "(d.status = 2 and not %s and d.epoch < %d)".formatted(THERE, KeyRef.MAX_EPOCH);

  /**
   * $1 campaign, $2 last open wave, $3 limit, $4 connection to move to or 0. Gives back how many
   * devices are queued no more, and those that were asked as arrays.
   */
  static final String ASK =
      NEXT
          + """
          , asked as (
            update device d set
              wanted_epoch = case when $4 = 0 and %1$s then p.goal_epoch else d.wanted_epoch end,
              wanted_connection = case when $4 <> 0 and %1$s then $4 else d.wanted_connection end
            from (select * from picked order by product_id, device_id) p
            where d.product_id = p.product_id and d.device_id = p.device_id
            returning d.product_id, d.device_id, d.epoch, %2$s as told, p.row_id, p.wave,
              case when d.status <> 2 then 5 when %3$s then 3 when %1$s then 2 else 5 end as state
          ), written as (
            update campaign_device m set since = now(), state = a.state, tries = m.tries + 1
            from asked a where a.state <> 2 and m.ctid = a.row_id
          ), noted as (
            insert into campaign_ask (campaign_id, wave, span, upto)
            select c.id, g.wave,
              floor(extract(epoch from now()) / greatest(1, c.timeout_s / 100))::int8, g.reached
            from went g join campaign c on c.id = $1 where g.reached > g.lo
            on conflict (campaign_id, wave, span)
              do update set upto = excluded.upto, at = excluded.at
          ), moved as (
            select $1::int8 as campaign_id, wave, 1 as was, state from asked
          )"""
              .formatted(ASKABLE, DeviceSql.TOLD, THERE)
          + ASKED_TO
          + COUNTED.replace(
              "select count(*) from moved",
              """
              select count(*), array_agg(product_id) filter (where state = 2),
                array_agg(device_id) filter (where state = 2),
                array_agg(epoch) filter (where state = 2),
                array_agg(told) filter (where state = 2) from asked""");

  /**
   * $1 campaign, $2 last open wave, $3 limit, $4 who ordered it. Gives back how many devices are
   * queued no more, beside each row that was revoked, if any.
   */
  static final String REVOKE =
      NEXT
          + HELD
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
          ), told as (
            insert into event (kind, product_id, device_id, actor)
            select 14, product_id, device_id, $4 from revoked
          ), decided as (
            select row_id, wave, 0 as nth, case when status in (1, 2, 3, 4) then 3 else 5 end as state
            from held
          )"""
          + MOVED.formatted(1)
          + ASKED_TO
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
      with due as (
        select w.wave, w.settled_to as lo, a.upto as hi
        from campaign_wave w join (
          select wave, max(upto) as upto from campaign_ask
          where campaign_id = $1 and at < now() - make_interval(secs => $4) group by wave
        ) a on a.wave = w.wave
        where w.campaign_id = $1 and a.upto > w.settled_to
      )"""
          + PICKED
          + HELD
          + LET_BE.formatted("$2", "h.tries >= $5 and not " + DONE)
          + """
          , decided as (
            select row_id, wave, state, row_number() over (partition by wave, state) as nth
            from (
              select row_id, wave, case when %s then 3 when h.status <> 2 then 5
                when h.tries < $5 then 1 else 6 end as state
              from held h
            ) h
          )"""
              .formatted(DONE)
          + MOVED.formatted(2)
          + SETTLED_TO
          + COUNTED;

  /** $1 campaign, $2 connection to move to or 0, $3 limit. */
  static final String CANCEL_NOTIFIED =
      """
      with due as (
        select wave, settled_to as lo, asked_to as hi from campaign_wave
        where campaign_id = $1 and settled_to < asked_to
      )"""
          + PICKED
          + HELD
          + LET_BE.formatted("$2", "not " + DONE)
          + """
          , decided as (
            select row_id, wave, 0 as nth, case when %s then 3 else 7 end as state from held h
          )"""
              .formatted(DONE)
          + MOVED.formatted(2)
          + SETTLED_TO
          + COUNTED;

  /** $1 campaign, $2 last wave, $3 limit. */
  static final String CANCEL_QUEUED =
      """
      with due as (
        select wave, asked_to as lo, end_at as hi from campaign_wave
        where campaign_id = $1 and wave <= $2 and asked_to < end_at
      )"""
          + PICKED
          + """
          , moved as (
            update campaign_device m set since = now(), state = 7 from picked p
            where m.ctid = p.row_id
            returning m.campaign_id, m.wave, 1 as was, m.state
          )"""
          + ASKED_TO
          + COUNTED;

  /** $1 campaign. */
  static final String RETRY =
      """
      with picked as materialized (
        select ctid as row_id, wave, state,
          row_number() over (partition by wave order by position) as nth
        from campaign_device where campaign_id = $1 and state in (4, 5, 6)
      ), moved as (
        update campaign_device m set since = now(), state = 1, tries = 0,
          position = w.end_at + p.nth
        from picked p join campaign_wave w on w.campaign_id = $1 and w.wave = p.wave
        where m.ctid = p.row_id
        returning m.campaign_id, m.wave, p.state as was, m.state
      ), lengthened as (
        update campaign_wave w set
          end_at = w.end_at + (select count(*) from moved m where m.wave = w.wave)
        where w.campaign_id = $1
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
        select m.row_id, min(c.id) as campaign_id, min(c.connection_id) as target,
          min(c.retries) as retries, min(m.wave) as wave, min(m.was) as was, min(m.tries) as tries,
          max(f.reason) as reason,
          bool_or(f.kind <= 3 and f.epoch >= m.goal_epoch
            and (c.connection_id = 0 or f.granted = c.connection_id)) as done,
          bool_or(f.kind = 4 and f.epoch >= m.goal_epoch - 1 and m.was = 2) as gave_up
        from fresh f
        cross join (
          select id, connection_id, retries, array(
            select asked_to from campaign_wave where campaign_id = id order by wave) as asked_to
          from campaign where state in (5, 6)
        ) c
        cross join lateral (
          select x.ctid as row_id, x.wave, x.goal_epoch, x.tries, x.state,
            case when x.state = 1 and x.position <= c.asked_to[x.wave] then 2 else x.state end
              as was
          from campaign_device x where x.campaign_id = c.id
            and x.product_id = f.product_id and x.device_id = f.device_id offset 0) m
        where m.state in (1, 4, 6)
        group by m.row_id
      ), held as materialized (
        select d.product_id, d.device_id, x.goal_epoch, t.target from told t
        join campaign_device x on x.ctid = t.row_id
        join device d on d.product_id = x.product_id and d.device_id = x.device_id
        where t.gave_up and not t.done and t.tries >= t.retries
        order by x.product_id, x.device_id for update of d
      )"""
          + LET_BE.formatted("h.target", "true")
          + """
          , decided as (
            select row_id, reason, was, case when done then 3 else 4 end as state,
              null::int8 as position
            from told where done or gave_up and tries >= retries
            union all
            select t.row_id, t.reason, t.was, 1, w.end_at
              + row_number() over (partition by t.campaign_id, t.wave)
            from told t
            join campaign_wave w on w.campaign_id = t.campaign_id and w.wave = t.wave
            where t.gave_up and not t.done and t.tries < t.retries
          ), moved as (
            update campaign_device m set since = now(), reason = coalesce(d.reason, m.reason),
              state = d.state, tries = m.tries + (case when d.was = 2 then 1 else 0 end),
              position = coalesce(d.position, m.position)
            from decided d where m.ctid = d.row_id
            returning m.campaign_id, m.wave, d.was, m.state
          ), lengthened as (
            update campaign_wave w set end_at = w.end_at + n.devices
            from (
              select campaign_id, wave, count(*) as devices from moved where state = 1
              group by campaign_id, wave
            ) n
            where w.campaign_id = n.campaign_id and w.wave = n.wave
          )"""
          + COUNTED.replace(
              "select count(*) from moved",
              "select tx::text, id, (select count(*) from fresh)::int4 from fresh"
                  + " order by fresh.tx desc, fresh.id desc limit 1"); // tx alone is the text

  private CampaignSql() {}
}
