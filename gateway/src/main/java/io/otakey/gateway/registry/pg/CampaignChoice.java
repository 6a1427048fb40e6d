package io.otakey.gateway.registry.pg;

import io.otakey.gateway.campaign.CampaignOrder;
import io.otakey.gateway.campaign.Goal;
import io.otakey.gateway.campaign.Target;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** Statements that choose the devices of a campaign; all of them are set-based. */
final class CampaignChoice {
  /** A statement with its parameters: the same text for every campaign of the same shape. */
  record Query(String sql, Tuple values) {}

  private CampaignChoice() {}

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
              insert into campaign_device
                (campaign_id, position, wave, goal_epoch, product_id, device_id)
              select %1$s, row_number() over (partition by wave order by position), wave, epoch + 1,
                product_id, device_id
              from chosen
              returning wave
            ), waves as (
              select w as wave, coalesce(p.devices, 0) as devices
              from generate_series(1, %2$s) w
              left join (select wave, count(*) as devices from planned group by wave) p
                on p.wave = w
            ), queued as (
              insert into campaign_wave (campaign_id, wave, end_at)
              select %1$s, wave, devices from waves
            ), counted as (
              insert into campaign_count (campaign_id, wave, state, devices)
              select %1$s, wave, s, case when s = 1 then devices else 0 end
              from waves cross join generate_series(1, 7) s
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
            , fresh as materialized (
              select product_id, device_id, epoch from sampled s
              where not exists (select 1 from campaign_device x where x.campaign_id = %1$s
                and x.product_id = s.product_id and x.device_id = s.device_id)
              order by position limit %3$s
            ), joined as (
              insert into campaign_device
                (campaign_id, position, wave, goal_epoch, product_id, device_id)
              select %1$s, w.end_at + row_number() over (), %2$s, epoch + 1, product_id, device_id
              from fresh cross join campaign_wave w
              where w.campaign_id = %1$s and w.wave = %2$s
            ), lengthened as (
              update campaign_wave set end_at = end_at + (select count(*) from fresh)
              where campaign_id = %1$s and wave = %2$s
            )
            update campaign_count set devices = devices + (select count(*) from fresh)
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
          select product_id, device_id, epoch, position, least(%s, 1 + width_bucket(
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
      select d.product_id, d.device_id, d.epoch from device d where %1$s
    ), free as materialized (
      select m.* from matching m
      where not exists (
        select 1 from campaign_device x join campaign o on o.id = x.campaign_id
        where o.state not in (3, 8, 9) and o.id <> %2$s and x.product_id = m.product_id
          and x.device_id = m.device_id and x.state = 1)
    ), sampled as materialized (
      select product_id, device_id, epoch,
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
    LabelSql.conditions(target.labels(), conditions, values);
    return String.join(" and ", conditions);
  }

  /** Adds a value; how the statement names it. */
  private static String parameter(Tuple values, Object value, String type) {
    values.addValue(value);
    return "$" + values.size() + "::" + type;
  }
}
