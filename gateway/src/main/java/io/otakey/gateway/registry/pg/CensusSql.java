package io.otakey.gateway.registry.pg;

import io.otakey.gateway.metric.Label;
import io.otakey.gateway.metric.Metric;
import java.util.List;
import java.util.stream.Collectors;

/** What is asked of the database for numbers of the fleet. */
final class CensusSql {
  /**
   * The way of the whole count: without the compiler, which pays for longer queries only, and in
   * one process.
   */
  static final String CALMLY =
      "set local jit = off; set local max_parallel_workers_per_gather = 0;"
          + " set local statement_timeout = '5min'";

  /**
   * Every device once, in groups: product, status, of active ones in which span of time the key was
   * committed and the device heard last (0: before all), and whether it is to do something.
   */
  static final String DEVICES =
      """
      with span as (
        select (select array_agg(now() - make_interval(secs => s) order by s desc)
            from unnest(array[%s]::float8[]) s) as key,
          (select array_agg(now() - make_interval(secs => s) order by s desc)
            from unnest(array[%s]::float8[]) s) as heard
      )
      select product_id, status,
        case when status = 2 then width_bucket(committed_at, (select key from span)) end as key,
        case when status = 2 then width_bucket(greatest(last_seen, committed_at),
          (select heard from span)) end as heard,
        status = 2 and (epoch < wanted_epoch
          or (wanted_connection <> 0 and wanted_connection <> connection_id)) as asked,
        count(*)
      from device group by 1, 2, 3, 4, 5
      """
          .formatted(bounds(Label.KEY_AGE), bounds(Label.SILENCE));

  /** Those that are not over, and those that ended within a day; the newest, if they are many. */
  private static final String CAMPAIGNS =
      """
      select id, (array[%s])[state] as state from campaign
      where state not in (3, 8, 9) or ended_at > now() - interval '1 day'
      order by id desc limit %d
      """
          .formatted(names(Label.CAMPAIGN_STATE), Label.CAMPAIGN.most());

  /**
   * Clients of the whole server. What others' sessions are is hidden from all but superusers, not
   * that there is a user and a database.
   */
  static final String CLIENTS =
      """
      (select count(*) from pg_stat_activity where coalesce(backend_type = 'client backend',
        usesysid is not null and datid is not null))""";

  /** One metric's rows: its labels in their order, then the number. */
  record Question(Metric metric, String sql) {}

  static final List<Question> QUESTIONS =
      List.of(
          new Question(
              Metric.DEVICES_AWAITING,
              """
              select r.reason, (select count(*) from awaiting a where a.reason = r.code)::float8
              from (values (1::int2, 're_enrollment'), (2::int2, 'abandon')) as r(code, reason)
              """),
          new Question(Metric.PRODUCT_QUOTA, quota("quota")),
          new Question(Metric.PRODUCT_QUOTA_USED, quota("ever_committed")),
          new Question(
              Metric.CAMPAIGN_STATE,
              "select c.id::text, c.state, 1::float8 from (" + CAMPAIGNS + ") c"),
          new Question(
              Metric.CAMPAIGN_DEVICES,
              """
              select c.id::text, (array[%s])[n.state], sum(n.devices)::float8
              from (%s) c join campaign_count n on n.campaign_id = c.id group by 1, 2
              """
                  .formatted(names(Label.MEMBER_STATE), CAMPAIGNS)),
          new Question(Metric.PLATFORM_DEBT, debt("count(k.due_at)")),
          new Question(
              Metric.PLATFORM_DEBT_AGE,
              debt("coalesce(extract(epoch from now() - min(k.changed_at)), 0)")),
          new Question(
              Metric.WEBHOOKS,
              """
              select s.state, (select count(*) from webhook w where s.state =
                case when w.paused_at is not null then 'paused'
                  when w.failing_since is not null then 'failing' else 'delivering' end)::float8
              from (values ('delivering'), ('failing'), ('paused')) as s(state)
              """),
          new Question(Metric.DATABASE_SIZE, "select pg_database_size(current_database())::float8"),
          new Question(Metric.DATABASE_CONNECTIONS, "select " + CLIENTS + "::float8"),
          new Question(
              Metric.DATABASE_CONNECTIONS_LIMIT,
              "select current_setting('max_connections')::float8"),
          new Question(Metric.DATABASE_ROWS, rows("n_live_tup")),
          new Question(Metric.DATABASE_DEAD_ROWS, rows("n_dead_tup")),
          new Question(
              Metric.DATABASE_WAL, "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8"),
          new Question(
              Metric.DATABASE_OLDEST_TRANSACTION,
              """
              select coalesce(extract(epoch from clock_timestamp() - min(xact_start)), 0)::float8
              from pg_stat_activity
              where application_name like 'otakey%' and pid <> pg_backend_pid()
              """),
          new Question(
              Metric.DATABASE_TRANSACTION_AGE,
              """
              select age(datfrozenxid)::float8 from pg_database where datname = current_database()
              """));

  /** Blocks found in the cache, and blocks read, since the server's start. */
  static final String BLOCKS =
      "select blks_hit, blks_read from pg_stat_database where datname = current_database()";

  private CensusSql() {}

  private static String bounds(Label age) {
    return age.listed().stream()
        .filter(bound -> !bound.equals("+Inf"))
        .collect(Collectors.joining(", "));
  }

  /** Codes are positions, from 1. */
  private static String names(Label label) {
    return label.listed().stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
  }

  private static String quota(String column) {
    return "select id, "
        + column
        + "::float8 from product where quota is not null order by quota - ever_committed limit "
        + Label.PRODUCT.most();
  }

  private static String debt(String what) {
    return """
        select p.id, (%s)::float8
        from platform p
        left join credential k on k.platform_id = p.id and k.due_at is not null and k.state <> 1
        where p.pushes group by p.id order by p.id limit %d
        """
        .formatted(what, Label.PLATFORM.most());
  }

  private static String rows(String column) {
    return """
        select t.name, coalesce((select sum(s.%s) from pg_stat_user_tables s
          where s.schemaname = current_schema() and (s.relname = t.name
            or s.relname in (select p.name from period p where p.parent = t.name)
            or s.relname = t.name || '_rest')), 0)::float8
        from (values ('device'), ('event'), ('credential'), ('campaign_device')) as t(name)
        """
        .formatted(column);
  }
}
