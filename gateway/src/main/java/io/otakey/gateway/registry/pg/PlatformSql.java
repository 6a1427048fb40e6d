package io.otakey.gateway.registry.pg;

/** Statements on platforms and on what they are owed. */
final class PlatformSql {
  /**
   * Notes grants: $1 to $6 product ids, device ids, tokens, epochs, platforms and connections, $7
   * seconds until a grant is given up. One that is current stays so.
   */
  static final String GRANT =
      """
      insert into credential as k (product_id, device_id, token, epoch, platform_id,
        connection_id, state, due_at)
      select distinct on (product_id, device_id, token, platform_id) product_id, device_id, token, epoch,
        platform_id, connection_id, 1, now() + make_interval(secs => $7)
      from unnest($1::text[], $2::text[], $3::bytea[], $4::int8[], $5::text[], $6::int4[])
        as g(product_id, device_id, token, epoch, platform_id, connection_id)
      order by product_id, device_id, token, platform_id
      on conflict (product_id, device_id, token, platform_id) do update set state = 1, turn = k.turn + 1,
        due_at = excluded.due_at, tries = 0, why = null, changed_at = now()
      where k.state in (1, 4, 5)
      """;

  /**
   * What follows from the rows of devices {@code asked}. The row's own key has its login; of others
   * only a grant stays that could still be committed (decision table, row 4). A login that was
   * prepared for its grant is there. Rows may be newer than what was asked, never older.
   */
  private static final String SETTLED =
      """
      , held as materialized (
        select a.product_id, a.device_id, d.epoch, d.token, d.attempt, d.connection_id,
          d.status in (1, 2) as served, p.id as platform_id
        from asked a
        cross join lateral (select * from device x
          where x.product_id = a.product_id and x.device_id = a.device_id offset 0) d
        left join connection c on c.id = d.connection_id
        left join platform p on p.id = c.platform_id and p.pushes
      ), made as (
        insert into credential as k (product_id, device_id, token, epoch, platform_id,
          connection_id, state, due_at)
        select product_id, device_id, token, epoch, platform_id, connection_id, 2, now()
        from held where served and platform_id is not null and token is not null
        on conflict (product_id, device_id, token, platform_id) do update set
          state = case when k.state = 1 then 3 else 2 end,
          due_at = case when k.state = 1 then null else now() end,
          turn = k.turn + 1, tries = 0, why = null, changed_at = now()
        where k.state in (1, 4, 5)
      ), dropped as (
        update credential k set state = case when k.state = 1 then 5 else 4 end, due_at = now(),
          turn = k.turn + 1, tries = 0, why = null, changed_at = now()
        from held h
        where k.product_id = h.product_id and k.device_id = h.device_id and k.state in (1, 2, 3)
          and not (h.served and k.token is not distinct from h.token
            and k.platform_id is not distinct from h.platform_id)
          and not (h.served and k.state = 1 and k.epoch > h.epoch
            and get_byte(k.token, 4) * 256 + get_byte(k.token, 5) >= h.attempt)
      )""";

  /** $1 and $2 the cursor, $3 most events and most operators' changes. */
  static final String SETTLE =
      """
      with fresh as materialized (
        select tx, id, kind, product_id, device_id from event
        where (tx, id) > ($1::text::xid8, $2) and tx < pg_snapshot_xmin(pg_current_snapshot())
        order by tx, id limit $3
      ), taken as (
        delete from unsettled where (product_id, device_id) in (
          select product_id, device_id from unsettled order by product_id, device_id limit $3
          for update skip locked)
        returning product_id, device_id
      ), asked as materialized (
        select product_id, device_id from fresh where kind <= 4
        union
        select product_id, device_id from taken
      )"""
          + SETTLED
          + """

      select (select tx::text from fresh order by fresh.tx desc, fresh.id desc limit 1),
        (select id from fresh order by fresh.tx desc, fresh.id desc limit 1),
        (select greatest((select count(*) from fresh), (select count(*) from taken)))::int4
      """;

  /** $1 and $2 the last device of the step before, $3 most devices, $4 the platform. */
  static final String SWEEP =
      """
      with next as materialized (
        select product_id, device_id from device
        where (product_id, device_id) > ($1, $2) order by product_id, device_id limit $3
      ), asked as materialized (
        select n.product_id, n.device_id from next n
        where exists (select 1 from credential k where k.product_id = n.product_id
            and k.device_id = n.device_id and k.platform_id = $4)
          or exists (select 1 from device d join connection c on c.id = d.connection_id
            where d.product_id = n.product_id and d.device_id = n.device_id
              and c.platform_id = $4)
      )"""
          + SETTLED
          + "\nselect product_id, device_id from next"
          + " order by product_id desc, device_id desc limit 1";

  /** Grants that nobody confirmed in time are rolled back from here on. $1 platform, $2 limit. */
  static final String EXPIRE =
      """
      update credential set state = 5, turn = turn + 1, changed_at = now()
      where platform_id = $1 and (product_id, device_id, token) in (
        select product_id, device_id, token from credential
        where platform_id = $1 and due_at <= now() and state = 1 order by due_at limit $2)
      """;

  static final String DUE =
      """
      select product_id, device_id, token, epoch, connection_id, state, turn, tries
      from credential where platform_id = $1 and due_at <= now() and state <> 1
      order by due_at limit $2
      """;

  /** $1, $2 product ids and device ids. */
  static final String HELD =
      """
      select d.product_id, d.device_id, d.epoch, d.token, c.platform_id, c.id
      from unnest($1::text[], $2::text[]) as a(product_id, device_id)
      cross join lateral (select * from device x
        where x.product_id = a.product_id and x.device_id = a.device_id offset 0) d
      join connection c on c.id = d.connection_id
      where d.status in (1, 2) and d.token is not null
      """;

  /** $5 the platform. */
  private static final String ITEMS =
      """
      unnest($1::text[], $2::text[], $3::bytea[], $4::int4[])
          as o(product_id, device_id, token, turn)
        where k.product_id = o.product_id and k.device_id = o.device_id and k.token = o.token
          and k.platform_id = $5 and k.turn = o.turn""";

  static final String MADE =
      "update credential k set state = 3, due_at = null, tries = 0, why = null, changed_at = now()"
          + " from "
          + ITEMS
          + " and k.state = 2";

  static final String GONE = "delete from credential k using " + ITEMS + " and k.state in (4, 5)";

  /** $6 why. The pause doubles up to ten minutes, spread by half. */
  static final String FAILED =
      "update credential k set tries = least(k.tries + 1, 30), why = $6, due_at = now()"
          + " + make_interval(secs => least(600, 2 ^ least(k.tries, 12)) * (0.5 + random())) from "
          + ITEMS
          + " and k.state in (2, 4, 5)";

  /**
   * $1 platform, $2 run, $3 to $5 product ids, device ids and tokens. A name without a row is an
   * extra one: the row of a login comes into being before the login, and goes after it.
   */
  static final String SEEN =
      """
      with named as materialized (
        select n.product_id, n.device_id, n.token, exists (select 1 from product p
          where p.id = n.product_id) as ours
        from unnest($3::text[], $4::text[], $5::bytea[]) as n(product_id, device_id, token)
      ), marked as (
        update credential k set seen_run = $2 from named n
        where k.product_id = n.product_id and k.device_id = n.device_id and k.token = n.token
          and k.platform_id = $1 and k.seen_run <> $2
      ), extra as (
        insert into credential (product_id, device_id, token, epoch, platform_id, connection_id,
          state, due_at, seen_run)
        select n.product_id, n.device_id, n.token, 0, $1, c.id, 5, now(), $2
        from named n cross join (select max(id) as id from connection where platform_id = $1) c
        where n.ours and c.id is not null
        on conflict do nothing
        returning 1
      )
      select (select count(*) from extra)::int4,
        (select count(*) from named where not ours)::int4
      """;

  /** $1 platform, $2 run: what came after it began may not have been listed. */
  static final String MISSING =
      """
      update credential set state = 2, due_at = now(), turn = turn + 1, changed_at = now()
      where platform_id = $1 and state = 3 and seen_run <> $2
        and changed_at < (select begun_at from reconciliation where platform_id = $1)
      """;

  static final String RECONCILIATION =
      """
      select platform_id, run, asked_at, ended_at, listed, names, others, missing, extra, why
      from reconciliation
      """;

  /** One that runs may have passed by what is meant: it is followed by another. */
  static final String ASK =
      """
      insert into reconciliation as r (platform_id) values ($1)
      on conflict (platform_id) do update set asked_at = now(), ended_at = null, why = ''
      """;

  /** Those whose last comparison ended more than $1 seconds ago are asked for. */
  static final String ASK_AGAIN =
      """
      update reconciliation set asked_at = now(), ended_at = null, why = ''
      where ended_at < now() - make_interval(secs => $1)
      """;

  static final String ASK_ALL =
      "update reconciliation set asked_at = now(), ended_at = null, why = ''";

  static final String BEGIN =
      """
      update reconciliation set run = nextval('reconciliation_run'), begun_at = clock_timestamp()
      where platform_id = $1 returning run
      """;

  static final String RECONCILED =
      """
      update reconciliation set ended_at = case when asked_at <= begun_at then now() end,
        listed = $3, names = $4, others = $5, missing = $6, extra = $7, why = ''
      where platform_id = $1 and run = $2
      """;

  static final String NOT_RECONCILED = "update reconciliation set why = $2 where platform_id = $1";

  static final String DEBTS =
      """
      select p.id, count(*) filter (where k.state = 3), count(*) filter (where k.state = 1),
        count(*) filter (where k.state = 2), count(*) filter (where k.state in (4, 5)),
        min(k.changed_at) filter (where k.state in (2, 4, 5)),
        (array_agg(k.why order by k.due_at desc) filter (where k.why is not null))[1]
      from platform p left join credential k on k.platform_id = p.id
      where p.pushes group by p.id order by p.id
      """;

  private PlatformSql() {}
}
