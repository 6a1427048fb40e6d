package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignOrder;
import io.otakey.gateway.campaign.Forecast;
import io.otakey.gateway.campaign.Goal;
import io.otakey.gateway.campaign.Member;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Pace;
import io.otakey.gateway.campaign.StopRule;
import io.otakey.gateway.campaign.Tally;
import io.otakey.gateway.campaign.Target;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.LabelFilter;
import io.otakey.gateway.registry.LabelFilter.Condition;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Campaigns in JSON. */
final class CampaignJson {
  private static final int MAX_PRODUCTS = 1000;
  private static final int MAX_WAVES = 500;
  private static final int MAX_RULES = 20;
  private static final Duration TIMEOUT = Duration.ofDays(3);
  private static final int SUCCESS_PERCENT = 95;
  private static final double PER_SECOND = 100;

  /** What holds unless an order says otherwise: a tenth of at least 20 failed. */
  private static final List<StopRule> STOP_RULES =
      List.of(new StopRule(StopRule.Failure.ANY, StopRule.Action.PAUSE, 10, 20));

  private CampaignJson() {}

  /** An order; what it leaves out has its default. */
  static CampaignOrder read(Fields fields) {
    int before = fields.faults().size();
    Goal goal = readGoal(fields);
    CampaignOrder order =
        new CampaignOrder(
            fields.text("name"),
            goal,
            readTarget(fields),
            readPace(fields),
            readWaves(fields),
            (int) fields.optionalInteger("successPercent", 1, 100).orElse(SUCCESS_PERCENT),
            fields.flag("pauseAfterWave", false),
            readRules(fields),
            seconds(fields, "timeoutSeconds").orElse(TIMEOUT),
            (int) fields.optionalInteger("retries", 0, 10).orElse(1),
            fields.time("joinUntil"),
            fields.flag("needsApproval", false),
            fields.flag("start", false));
    if (fields.faults().size() == before) {
      fields.faults(order.problems());
    }
    return order;
  }

  private static Goal readGoal(Fields fields) {
    int connection = (int) fields.optionalInteger("connectionId", 1, Connection.MAX_ID).orElse(0);
    String goal = fields.text("goal");
    if ((connection > 0) != goal.equals("move")) {
      fields.fault("connectionId", "belongs to the goal 'move', and only to that");
    }
    return switch (goal) {
      case "rotate" -> new Goal.Rotate();
      case "move" -> new Goal.Move(connection);
      case "revoke" -> new Goal.Revoke();
      default -> {
        fields.fault("goal", "must be rotate, move or revoke");
        yield new Goal.Rotate();
      }
    };
  }

  private static Target readTarget(Fields fields) {
    Optional<Fields> given = fields.object("target");
    if (given.isEmpty()) {
      fields.fault("target", "is missing: name at least its products");
      return new Target(
          Set.of(),
          "",
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          100,
          LabelFilter.ALL);
    }
    Fields target = given.get();
    List<String> products = target.texts("products", MAX_PRODUCTS);
    if (!products.stream().allMatch(DeviceRef::isProductId)) {
      target.fault("products", "must hold product ids, of the form [a-z0-9][a-z0-9-]{0,31}");
    }
    Target read =
        new Target(
            Set.copyOf(products),
            target.optionalText("idPrefix").orElse(""),
            target.optionalText("firmware"),
            target.optionalText("platformId"),
            seconds(target, "keyOlderThanSeconds"),
            target.texts("deviceIds", Target.MAX_LIST),
            (int) target.optionalInteger("percent", 1, 100).orElse(100),
            readLabels(target));
    target.checkUnknown();
    return read;
  }

  private static LabelFilter readLabels(Fields target) {
    List<Condition> conditions = new ArrayList<>();
    for (String text : target.texts("labels", LabelFilter.MOST)) {
      Condition.parse(text)
          .ifPresentOrElse(
              conditions::add,
              () -> target.fault("labels", "must hold conditions as " + LabelFilter.FORMS));
    }
    return new LabelFilter(conditions, Set.copyOf(target.texts("groups", LabelFilter.MOST)));
  }

  private static Pace readPace(Fields fields) {
    Optional<Fields> given = fields.object("pace");
    if (given.isEmpty()) {
      return Pace.constant(PER_SECOND);
    }
    Fields pace = given.get();
    double perSecond = pace.optionalNumber("perSecond").orElse(PER_SECOND);
    double factor = pace.optionalNumber("factor").orElse(1);
    Pace read =
        new Pace(
            perSecond,
            factor,
            pace.optionalInteger("every", 1, Long.MAX_VALUE).orElse(1000),
            pace.choice("counting", Pace.Counting.class).orElse(Pace.Counting.CONFIRMED),
            pace.optionalNumber("maxPerSecond").orElse(factor > 1 ? perSecond * 100 : perSecond));
    pace.checkUnknown();
    return read;
  }

  private static List<Integer> readWaves(Fields fields) {
    return fields.integers("waves", MAX_WAVES, 1, 100).stream().map(Long::intValue).toList();
  }

  private static List<StopRule> readRules(Fields fields) {
    if (!fields.has("stopRules")) {
      return STOP_RULES;
    }
    List<StopRule> rules = new ArrayList<>();
    for (Fields rule : fields.objects("stopRules", MAX_RULES)) {
      rules.add(
          new StopRule(
              rule.choice("failure", StopRule.Failure.class).orElse(StopRule.Failure.ANY),
              rule.choice("action", StopRule.Action.class).orElse(StopRule.Action.PAUSE),
              (int) rule.integer("percent", 1, 100),
              rule.optionalInteger("minimum", 1, Long.MAX_VALUE).orElse(20)));
      rule.checkUnknown();
    }
    return rules;
  }

  private static Optional<Duration> seconds(Fields fields, String name) {
    OptionalLong seconds = fields.optionalInteger(name, 0, Integer.MAX_VALUE);
    return seconds.isPresent()
        ? Optional.of(Duration.ofSeconds(seconds.getAsLong()))
        : Optional.empty();
  }

  static ObjectNode write(Campaign campaign) {
    ObjectNode json = Json.object();
    json.put("id", campaign.id());
    json.put("state", Names.of(campaign.state()));
    if (!campaign.why().isEmpty()) {
      json.put("why", campaign.why());
    }
    write(campaign.order(), json);
    json.put("openWave", campaign.openWave());
    json.put("busy", campaign.busy());
    json.set("devices", write(campaign.total()));
    ArrayNode waves = json.putArray("wavesSoFar");
    campaign.waves().forEach(wave -> waves.add(write(wave)));
    json.put("createdBy", campaign.createdBy());
    campaign.approvedBy().ifPresent(by -> json.put("approvedBy", by));
    json.put("createdAt", campaign.createdAt().toString());
    campaign.startedAt().ifPresent(at -> json.put("startedAt", at.toString()));
    campaign.endedAt().ifPresent(at -> json.put("endedAt", at.toString()));
    return json;
  }

  private static void write(CampaignOrder order, ObjectNode json) {
    json.put("name", order.name());
    Goal goal = order.goal();
    if (goal instanceof Goal.Move move) {
      json.put("goal", "move").put("connectionId", move.connectionId());
    } else {
      json.put("goal", goal instanceof Goal.Rotate ? "rotate" : "revoke");
    }
    json.set("target", write(order.target()));
    Pace pace = order.pace();
    json.putObject("pace")
        .put("perSecond", pace.perSecond())
        .put("factor", pace.factor())
        .put("every", pace.every())
        .put("counting", Names.of(pace.counting()))
        .put("maxPerSecond", pace.maxPerSecond());
    ArrayNode waves = json.putArray("waves");
    order.waves().forEach(waves::add);
    json.put("successPercent", order.successPercent());
    json.put("pauseAfterWave", order.pauseAfterWave());
    ArrayNode rules = json.putArray("stopRules");
    order
        .stopRules()
        .forEach(
            rule ->
                rules
                    .addObject()
                    .put("failure", Names.of(rule.failure()))
                    .put("action", Names.of(rule.action()))
                    .put("percent", rule.percent())
                    .put("minimum", rule.minimum()));
    json.put("timeoutSeconds", order.timeout().toSeconds());
    json.put("retries", order.retries());
    order.joinUntil().ifPresent(until -> json.put("joinUntil", until.toString()));
    json.put("needsApproval", order.needsApproval());
    json.put("start", order.startItself());
  }

  private static ObjectNode write(Target target) {
    ObjectNode json = Json.object();
    ArrayNode products = json.putArray("products");
    target.products().stream().sorted().forEach(products::add);
    if (!target.idPrefix().isEmpty()) {
      json.put("idPrefix", target.idPrefix());
    }
    target.firmware().ifPresent(firmware -> json.put("firmware", firmware));
    target.platformId().ifPresent(platform -> json.put("platformId", platform));
    target.keyOlderThan().ifPresent(age -> json.put("keyOlderThanSeconds", age.toSeconds()));
    if (!target.deviceIds().isEmpty()) {
      json.put("listed", target.deviceIds().size());
    }
    if (!target.labels().conditions().isEmpty()) {
      ArrayNode conditions = json.putArray("labels");
      target.labels().texts().forEach(conditions::add);
    }
    if (!target.labels().groups().isEmpty()) {
      ArrayNode groups = json.putArray("groups");
      target.labels().groups().stream().sorted().forEach(groups::add);
    }
    return json.put("percent", target.percent());
  }

  /** Every state, those without devices too. */
  static ObjectNode write(Tally tally) {
    ObjectNode json = Json.object();
    for (MemberState state : MemberState.values()) {
      json.put(Names.of(state), tally.of(state));
    }
    return json;
  }

  static ObjectNode write(Forecast forecast, Pace pace) {
    ObjectNode json = Json.object();
    json.put("devices", forecast.devices());
    json.put("busy", forecast.busy());
    ArrayNode waves = json.putArray("waves");
    forecast.waves().forEach(waves::add);
    json.put("perSecond", pace.perSecond());
    return json.put("leastSeconds", pace.toAsk(forecast.devices()).toSeconds());
  }

  static ObjectNode write(Member member) {
    ObjectNode json = Json.object();
    json.put("productId", member.ref().productId());
    json.put("deviceId", member.ref().deviceId());
    json.put("state", Names.of(member.state()));
    json.put("wave", member.wave());
    json.put("tries", member.tries());
    json.put("since", member.since().toString());
    member.reason().ifPresent(reason -> json.put("reason", reason));
    return json;
  }
}
