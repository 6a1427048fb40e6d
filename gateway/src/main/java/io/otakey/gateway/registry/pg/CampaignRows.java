package io.otakey.gateway.registry.pg;

import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignOrder;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.Goal;
import io.otakey.gateway.campaign.Member;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Pace;
import io.otakey.gateway.campaign.StopRule;
import io.otakey.gateway.campaign.Tally;
import io.otakey.gateway.campaign.Target;
import io.otakey.gateway.registry.LabelFilter;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Campaigns as rows. Codes are positions in the enums, from 1; V003 lists them. */
final class CampaignRows {
  static final String SELECT =
      """
      select c.*, array(select devices from campaign_count n where n.campaign_id = c.id
        order by wave, state) as counts
      from campaign c
      """;

  static final String INSERT =
      """
      insert into campaign (name, goal, connection_id, products, id_prefix, firmware, platform_id,
        key_older_than_s, device_ids, percent, per_second, factor, every, counting, max_per_second,
        waves, success_percent, pause_after_wave, stop_failure, stop_action, stop_percent,
        stop_minimum, timeout_s, retries, join_until, needs_approval, start_itself, created_by, labels,
        in_groups)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)
      returning id
      """;

  private static final int STATES = MemberState.values().length;
  private static final short ROTATE = 1;
  private static final short MOVE = 2;
  private static final short REVOKE = 3;

  private CampaignRows() {}

  static <E extends Enum<E>> short code(E constant) {
    return (short) (List.of(constant.getDeclaringClass().getEnumConstants()).indexOf(constant) + 1);
  }

  static short code(Goal goal) {
    if (goal instanceof Goal.Rotate) {
      return ROTATE;
    }
    return goal instanceof Goal.Move ? MOVE : REVOKE;
  }

  private static <E> E decode(E[] all, int code) {
    return all[code - 1];
  }

  static Tuple values(CampaignOrder order, String createdBy) {
    Target target = order.target();
    Pace pace = order.pace();
    List<StopRule> rules = order.stopRules();
    return Tuple.tuple()
        .addString(order.name())
        .addShort(code(order.goal()))
        .addInteger(order.goal().target())
        .addArrayOfString(target.products().stream().sorted().toArray(String[]::new))
        .addString(target.idPrefix())
        .addString(target.firmware().orElse(null))
        .addString(target.platformId().orElse(null))
        .addLong(target.keyOlderThan().map(Duration::toSeconds).orElse(null))
        .addArrayOfString(target.deviceIds().toArray(String[]::new))
        .addInteger(target.percent())
        .addDouble(pace.perSecond())
        .addDouble(pace.factor())
        .addLong(pace.every())
        .addShort(code(pace.counting()))
        .addDouble(pace.maxPerSecond())
        .addArrayOfInteger(order.waves().toArray(Integer[]::new))
        .addInteger(order.successPercent())
        .addBoolean(order.pauseAfterWave())
        .addArrayOfShort(each(rules, rule -> code(rule.failure())).toArray(Short[]::new))
        .addArrayOfShort(each(rules, rule -> code(rule.action())).toArray(Short[]::new))
        .addArrayOfInteger(each(rules, StopRule::percent).toArray(Integer[]::new))
        .addArrayOfLong(each(rules, StopRule::minimum).toArray(Long[]::new))
        .addLong(order.timeout().toSeconds())
        .addInteger(order.retries())
        .addValue(ProductSql.time(order.joinUntil()))
        .addBoolean(order.needsApproval())
        .addBoolean(order.startItself())
        .addString(createdBy)
        .addArrayOfString(target.labels().texts().toArray(String[]::new))
        .addArrayOfString(target.labels().groups().stream().sorted().toArray(String[]::new));
  }

  private static <T> List<T> each(List<StopRule> rules, Function<StopRule, T> part) {
    return rules.stream().map(part).toList();
  }

  static Campaign campaign(Row row) {
    Long[] counts = row.getArrayOfLongs("counts");
    List<Tally> waves = new ArrayList<>();
    for (int at = 0; at < counts.length; at += STATES) {
      waves.add(tally(counts, at));
    }
    return new Campaign(
        row.getLong("id"),
        order(row),
        decode(CampaignState.values(), row.getInteger("state")),
        row.getString("why"),
        row.getInteger("open_wave"),
        waves,
        tally(row.getArrayOfLongs("base"), 0),
        row.getLong("busy"),
        row.getString("created_by"),
        Optional.ofNullable(row.getString("approved_by")),
        row.getOffsetDateTime("created_at").toInstant(),
        ProductSql.instant(row.getOffsetDateTime("started_at")),
        ProductSql.instant(row.getOffsetDateTime("ended_at")));
  }

  private static Tally tally(Long[] counts, int from) {
    Map<MemberState, Long> tally = new EnumMap<>(MemberState.class);
    for (int i = 0; i < STATES; i++) {
      tally.put(decode(MemberState.values(), i + 1), counts[from + i]);
    }
    return new Tally(tally);
  }

  private static CampaignOrder order(Row row) {
    return new CampaignOrder(
        row.getString("name"),
        goal(row.getInteger("goal"), row.getInteger("connection_id")),
        target(row),
        new Pace(
            row.getDouble("per_second"),
            row.getDouble("factor"),
            row.getLong("every"),
            decode(Pace.Counting.values(), row.getInteger("counting")),
            row.getDouble("max_per_second")),
        List.of(row.getArrayOfIntegers("waves")),
        row.getInteger("success_percent"),
        row.getBoolean("pause_after_wave"),
        rules(row),
        Duration.ofSeconds(row.getLong("timeout_s")),
        row.getInteger("retries"),
        ProductSql.instant(row.getOffsetDateTime("join_until")),
        row.getBoolean("needs_approval"),
        row.getBoolean("start_itself"));
  }

  private static Goal goal(int code, int connectionId) {
    return switch (code) {
      case ROTATE -> new Goal.Rotate();
      case MOVE -> new Goal.Move(connectionId);
      case REVOKE -> new Goal.Revoke();
      default -> throw new IllegalStateException("goal " + code + " in the database");
    };
  }

  private static Target target(Row row) {
    return new Target(
        Set.of(row.getArrayOfStrings("products")),
        row.getString("id_prefix"),
        Optional.ofNullable(row.getString("firmware")),
        Optional.ofNullable(row.getString("platform_id")),
        Optional.ofNullable(row.getLong("key_older_than_s")).map(Duration::ofSeconds),
        List.of(row.getArrayOfStrings("device_ids")),
        row.getInteger("percent"),
        LabelFilter.of(
            List.of(row.getArrayOfStrings("labels")), Set.of(row.getArrayOfStrings("in_groups"))));
  }

  private static List<StopRule> rules(Row row) {
    Short[] failures = row.getArrayOfShorts("stop_failure");
    Short[] actions = row.getArrayOfShorts("stop_action");
    Integer[] percents = row.getArrayOfIntegers("stop_percent");
    Long[] minimums = row.getArrayOfLongs("stop_minimum");
    List<StopRule> rules = new ArrayList<>();
    for (int i = 0; i < failures.length; i++) {
      rules.add(
          new StopRule(
              decode(StopRule.Failure.values(), failures[i]),
              decode(StopRule.Action.values(), actions[i]),
              percents[i],
              minimums[i]));
    }
    return rules;
  }

  /** Products whose devices are being asked now. */
  static Future<Set<String>> productsOfRunning(SqlClient client) {
    return client
        .query("select distinct unnest(products) from campaign where state = 5")
        .mapping(row -> row.getString(0))
        .execute()
        .map(rows -> rows.stream().collect(Collectors.toUnmodifiableSet()));
  }

  static Member member(Row row) {
    Integer reason = row.getInteger("reason");
    return new Member(
        new DeviceRef(row.getString("product_id"), row.getString("device_id")),
        decode(MemberState.values(), row.getInteger("state")),
        row.getInteger("wave"),
        row.getInteger("tries"),
        row.getOffsetDateTime("since").toInstant(),
        reason == null ? OptionalInt.empty() : OptionalInt.of(reason));
  }
}
