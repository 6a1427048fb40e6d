package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What a campaign is to do, as options; what is not given has the API's default. */
final class CampaignOrderOptions {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})([smhd])");
  private static final Map<String, Long> UNITS =
      Map.of("s", 1L, "m", 60L, "h", 3600L, "d", 86_400L);
  private static final Pattern RULE =
      Pattern.compile("(any|failed|rejected|timed-out):(pause|abort):([0-9]+)%(?::([0-9]+))?");

  /** Exactly one. */
  static final class GoalOptions {
    @Option(names = "--rotate", description = "A new key for each device.")
    private boolean rotate;

    @Option(
        names = "--move",
        paramLabel = "CONNECTION",
        description = "To another connection, with a new key; see 'connection list'.")
    private @Nullable Integer move;

    @Option(names = "--revoke", description = "No service any more, for good.")
    private boolean revoke;

    private void put(ObjectNode order) {
      order.put("goal", rotate ? "rotate" : revoke ? "revoke" : "move");
      if (move != null) {
        order.put("connectionId", move);
      }
    }
  }

  @ArgGroup(multiplicity = "1")
  private GoalOptions goal = new GoalOptions();

  @Option(
      names = "--product",
      required = true,
      split = ",",
      description = "Products, one or several.")
  private List<String> products = List.of();

  @Option(names = "--id-prefix", description = "Only ids that begin so.")
  private @Nullable String idPrefix;

  @Option(names = "--firmware", description = "Only devices that last reported this version.")
  private @Nullable String firmware;

  @Option(names = "--platform", description = "Only devices on connections of this platform.")
  private @Nullable String platform;

  @Option(
      names = "--key-older-than",
      paramLabel = "AGE",
      description = "Only keys of at least this age, as 90d.")
  private @Nullable String keyOlderThan;

  @Option(
      names = "--list",
      paramLabel = "FILE",
      description = "Only these device ids, one a line, at most 10,000.")
  private @Nullable Path list;

  @Option(
      names = "--label",
      paramLabel = "CONDITION",
      description = {
        "Only devices labeled so: NAME=VALUE, NAME!=VALUE, 'NAME in (V,V)',",
        "'NAME notin (V,V)', NAME or '!NAME'; may be repeated: all must hold."
      })
  private List<String> labels = List.of();

  @Option(
      names = "--group",
      split = ",",
      description = "Only devices in this group; may be repeated: in any of them.")
  private List<String> groups = List.of();

  @Option(names = "--percent", description = "Only so many percent of what matches, at random.")
  private @Nullable Integer percent;

  @Option(names = "--rate", description = "Devices asked a second (default: 100).")
  private @Nullable Double rate;

  @Option(names = "--rate-factor", description = "Grow by this factor, as 2 ...")
  private @Nullable Double factor;

  @Option(names = "--rate-every", description = "... each time so many devices ... (default: 1000)")
  private @Nullable Long every;

  @Option(
      names = "--rate-counting",
      description = "... were 'notified', or 'confirmed' (default) ...")
  private @Nullable String counting;

  @Option(names = "--rate-max", description = "... up to so many a second.")
  private @Nullable Double maxRate;

  @Option(
      names = "--waves",
      split = ",",
      paramLabel = "PERCENT",
      description = "Percent of all devices in the first waves; the rest is the last one.")
  private List<Integer> waves = List.of();

  @Option(
      names = "--success",
      paramLabel = "PERCENT",
      description = "Of a wave that must be confirmed before the next opens (default: 95).")
  private @Nullable Integer success;

  @Option(names = "--pause-after-wave", description = "Wait for 'resume' after each wave.")
  private boolean pauseAfterWave;

  @Option(
      names = "--stop",
      paramLabel = "RULE",
      description =
          "As timed-out:abort:5%%:100, that is FAILURE:ACTION:PERCENT[:MINIMUM]; FAILURE is any,"
              + " failed, rejected or timed-out. May be repeated (default: any:pause:10%%:20).")
  private List<String> rules = List.of();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "For each device; longer than between two POLLs (default: 3d).")
  private @Nullable String timeout;

  @Option(names = "--retries", description = "Ask a device again so often (default: 1).")
  private @Nullable Integer retries;

  @Option(
      names = "--join-until",
      paramLabel = "TIME",
      description = "Devices that come to match before then join, as 2026-12-31T00:00:00Z.")
  private @Nullable String joinUntil;

  @Option(names = "--needs-approval", description = "Somebody else has to approve it.")
  private boolean needsApproval;

  @Option(names = "--start", description = "As soon as it is planned and approved.")
  private boolean start;

  /** The order as the API wants it. */
  ObjectNode order(String name) throws IOException {
    ObjectNode order = ApiConnection.JSON.createObjectNode().put("name", name);
    goal.put(order);
    putTarget(order.putObject("target"));
    putPace(order.putObject("pace"));
    if (!waves.isEmpty()) {
      ArrayNode array = order.putArray("waves");
      waves.forEach(array::add);
    }
    put(order, "successPercent", success);
    put(order, "retries", retries);
    if (timeout != null) {
      order.put("timeoutSeconds", seconds("--timeout", timeout));
    }
    if (joinUntil != null) {
      order.put("joinUntil", joinUntil);
    }
    if (!rules.isEmpty()) {
      ArrayNode array = order.putArray("stopRules");
      rules.forEach(rule -> putRule(array.addObject(), rule));
    }
    order.put("pauseAfterWave", pauseAfterWave);
    return order.put("needsApproval", needsApproval).put("start", start);
  }

  private void putTarget(ObjectNode target) throws IOException {
    ArrayNode ids = target.putArray("products");
    products.forEach(ids::add);
    if (idPrefix != null) {
      target.put("idPrefix", idPrefix);
    }
    if (firmware != null) {
      target.put("firmware", firmware);
    }
    if (platform != null) {
      target.put("platformId", platform);
    }
    if (keyOlderThan != null) {
      target.put("keyOlderThanSeconds", seconds("--key-older-than", keyOlderThan));
    }
    if (list != null) {
      ArrayNode listed = target.putArray("deviceIds");
      NamedDevices.read(list).forEach(listed::add);
    }
    putTexts(target, "labels", labels);
    putTexts(target, "groups", groups);
    put(target, "percent", percent);
  }

  private static void putTexts(ObjectNode node, String name, List<String> texts) {
    if (!texts.isEmpty()) {
      ArrayNode array = node.putArray(name);
      texts.forEach(array::add);
    }
  }

  private void putPace(ObjectNode pace) {
    if (rate != null) {
      pace.put("perSecond", rate);
    }
    if (factor != null) {
      pace.put("factor", factor);
    }
    if (every != null) {
      pace.put("every", every);
    }
    if (counting != null) {
      pace.put("counting", counting);
    }
    if (maxRate != null) {
      pace.put("maxPerSecond", maxRate);
    }
  }

  private static void put(ObjectNode node, String name, @Nullable Integer value) {
    if (value != null) {
      node.put(name, value);
    }
  }

  private static void putRule(ObjectNode node, String text) {
    Matcher rule = RULE.matcher(text);
    if (!rule.matches()) {
      throw new CommandException("'" + text + "' is no stop rule: give it as any:pause:10%:20");
    }
    node.put("failure", rule.group(1)).put("action", rule.group(2));
    node.put("percent", Integer.parseInt(rule.group(3)));
    if (rule.group(4) != null) {
      node.put("minimum", Long.parseLong(rule.group(4)));
    }
  }

  private static long seconds(String option, String text) {
    Matcher duration = DURATION.matcher(text);
    if (!duration.matches()) {
      throw new CommandException(option + " is a time as 45s, 30m, 12h or 90d, not '" + text + "'");
    }
    return Long.parseLong(duration.group(1)) * UNITS.getOrDefault(duration.group(2), 1L);
  }
}
