package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.otakey.gateway.cli.AdminCommand;
import io.otakey.gateway.cli.CommandTree;
import io.otakey.gateway.metric.Form;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.ProcessMeters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The rules of grafana/prometheus, without a gateway: they hold together, and promtool agrees. */
class RulesTest {
  private static final Path ROOT = Path.of(System.getProperty("otakey.root"));
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Pattern NAME =
      Pattern.compile("\\b(?:otakey|jvm|process|system)_[a-z0-9_]+\\b(?!:)");
  private static final Pattern RECORDED = Pattern.compile("\\botakey:[a-z0-9_]+:[a-zA-Z0-9_]+");
  private static final Pattern DO = Pattern.compile("\\*\\*[Dd]o\\*\\*: ");
  private static final Pattern COMMAND = Pattern.compile("`(\\./otakey admin [^`]+)`");

  private static List<JsonNode> rules(String file) throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    YAML.readTree(PrometheusNode.FILES.resolve(file).toFile())
        .path("groups")
        .forEach(group -> group.path("rules").forEach(rules::add));
    return rules;
  }

  private static List<String> found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    List<String> found = new ArrayList<>();
    while (matcher.find()) {
      found.add(matcher.group(matcher.groupCount()));
    }
    return found;
  }

  @Test
  void everySeriesThatRulesName_isInTheContract() throws IOException {
    Set<String> known = new HashSet<>();
    for (Metric metric : Metric.values()) {
      known.add(metric.prometheusName());
      if (metric.form().hasBuckets() || metric.form() == Form.TIME) {
        Stream.of("_count", "_sum", "_max", "_bucket")
            .forEach(suffix -> known.add(metric.prometheusName() + suffix));
      }
    }
    for (ProcessMeters.Described meter : ProcessMeters.BY_MICROMETER) {
      Stream.of("", "_count", "_sum", "_max").forEach(suffix -> known.add(meter.name() + suffix));
    }
    Set<String> recorded = new HashSet<>();
    for (JsonNode rule : rules("recording.yml")) {
      recorded.add(rule.path("record").asText());
    }
    for (String file : List.of("recording.yml", "alerts.yml")) {
      for (JsonNode rule : rules(file)) {
        String expression = rule.path("expr").asText();
        assertThat(known).as(expression).containsAll(found(NAME, expression));
        assertThat(recorded).as(expression).containsAll(found(RECORDED, expression));
      }
    }
  }

  @Test
  void everyAlert_saysWhatItHasTo_andHasItsEntryInTheRunbook() throws IOException {
    String runbook = Files.readString(ROOT.resolve("docs").resolve("runbook.md"));
    for (JsonNode alert : rules("alerts.yml")) {
      String name = alert.path("alert").asText();
      assertThat(alert.path("labels").path("severity").asText()).as(name).isIn("page", "ticket");
      JsonNode annotations = alert.path("annotations");
      assertThat(annotations.path("summary").asText()).as(name).isNotBlank();
      assertThat(annotations.path("description").asText()).as(name).isNotBlank();
      assertThat(annotations.path("runbook_url").asText())
          .isEqualTo("docs/runbook.md#" + name.toLowerCase(Locale.ROOT));
      int entry = runbook.indexOf("\n### " + name + "\n");
      assertThat(entry).as("entry " + name).isNotNegative();
      int next = runbook.indexOf("\n### ", entry + 1);
      String text = runbook.substring(entry, next < 0 ? runbook.length() : next);
      assertThat(text).contains("- **Means**: ", "- **Costs**: ", "- **Look**").containsPattern(DO);
    }
  }

  @Test
  void everyAlert_isTestedToFire_andNotTo() throws IOException {
    Map<String, Set<Boolean>> tested = new HashMap<>();
    for (String file : List.of("alerts_test.yml", "alerts_long_test.yml")) {
      for (JsonNode test :
          YAML.readTree(PrometheusNode.FILES.resolve(file).toFile()).path("tests")) {
        for (JsonNode expected : test.path("promql_expr_test")) {
          tested
              .computeIfAbsent(expected.path("expr").asText(), none -> new HashSet<>())
              .add(!expected.path("exp_samples").isEmpty());
        }
      }
    }
    for (JsonNode alert : rules("alerts.yml")) {
      String window = alert.path("labels").path("window").asText();
      String asked =
          "ALERTS{alertname=\""
              + alert.path("alert").asText()
              + "\",alertstate=\"firing\""
              + (window.isEmpty() ? "" : ",window=\"" + window + "\"")
              + "}";
      assertThat(tested.get(asked)).as(asked).containsExactlyInAnyOrder(true, false);
    }
  }

  /** The tests that do it hold themselves to their lists. */
  @Test
  void everyAlert_isMadeToFireByItsFault_onceOnly() throws IOException {
    List<String> fired = new ArrayList<>();
    Stream.of(
            MonitoringTest.ALWAYS,
            MonitoringTest.AT_FULL_SIZE,
            AlertsOfNodesTest.ALWAYS,
            AlertsOfNodesTest.AT_FULL_SIZE)
        .forEach(fired::addAll);
    Set<String> all = new TreeSet<>();
    rules("alerts.yml").forEach(alert -> all.add(alert.path("alert").asText()));
    assertThat(fired).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void promtool_agrees() throws Exception {
    promtool("check", "config", "prometheus.yml");
    promtool("test", "rules", "alerts_test.yml", "alerts_long_test.yml");
  }

  private static void promtool(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(words));
    ProcessBuilder program =
        new ProcessBuilder(command)
            .directory(PrometheusNode.FILES.toFile())
            .redirectErrorStream(true);
    program.environment().put("GOGC", "800"); // a database for each test, and soon over
    Process run = program.start();
    String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(run.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(run.exitValue()).as(said).isZero();
  }

  /** Subcommands and options that there are. */
  @Test
  void commandsOfTheRunbook_exist() throws IOException {
    List<String> commands =
        found(COMMAND, Files.readString(ROOT.resolve("docs").resolve("runbook.md")));
    assertThat(commands).hasSizeGreaterThan(30);
    CommandLine admin = CommandTree.whole(new AdminCommand());
    for (String line : commands) {
      CommandLine command = admin;
      for (String word : List.of(line.split("\\s+")).subList(2, line.split("\\s+").length)) {
        if (command.getSubcommands().containsKey(word)) {
          command = command.getSubcommands().get(word);
        } else if (word.startsWith("-")) {
          assertThat(command.getCommandSpec().findOption(word)).as(line).isNotNull();
        } else {
          assertThat(command.getSubcommands()).as(line + " at " + word).isEmpty();
        }
      }
      assertThat(
              command.getSubcommands().isEmpty()
                  || command.getCommandSpec().userObject() instanceof Callable)
          .as(line)
          .isTrue();
    }
  }
}
