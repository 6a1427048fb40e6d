package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.metric.Form;
import io.otakey.gateway.metric.Label;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.ProcessMeters;
import io.otakey.gateway.metric.Resource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway under a little load, scraped by a real Prometheus: what is exposed is the contract, all
 * rules find what they ask for, and alerts fire by the faults that they are for, in seconds for
 * what takes minutes and hours otherwise.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MonitoringTest {
  /** Alerts that this test makes fire at every size; others are {@link AlertsOfNodesTest}'s. */
  static final Set<String> ALWAYS =
      Set.of(
          "AllNodesMissing",
          "AuditLogBroken",
          "CampaignStalled",
          "CertificateExpires",
          "CertificateExpiresSoon",
          "CommitSlow",
          "DatabaseConnectionsNearLimit",
          "DatabasePoolWaits",
          "DevicesHeldOff",
          "DuplicateDeviceBurst",
          "DutyUndone",
          "EnrollmentErrorBudgetBurn",
          "EnrollmentLatencyBudgetBurn",
          "EnrollmentsRefused",
          "FilesNearLimit",
          "FleetNotCounted",
          "NodeMissing",
          "PlatformAway",
          "PlatformDebtOld",
          "QuotaNearlySpent",
          "ResourceNearLimit",
          "ResourceRefused",
          "SecurityEventsLeftOut",
          "StaleKeyUsed",
          "VaultBehind",
          "WebhookFailing",
          "WebhookPaused");

  /** Each holds for 18 s without a scrape that comes late, on a machine that is free. */
  static final Set<String> AT_FULL_SIZE = Set.of("CampaignPaused", "DevicesSilent", "KeysTooOld");

  private static final boolean FULL = Boolean.getBoolean("otakey.full");
  private static final int FASTER = 200;

  /** What a node without a cluster does not have. */
  private static final Set<Metric> OF_A_CLUSTER =
      Set.of(Metric.CLUSTER_NODES, Metric.CLUSTER_MESSAGES, Metric.CLUSTER_REFUSED);

  /** What a gateway without a fault is not woken for. */
  private static final List<String> HEALTHY =
      List.of(
          "AllNodesMissing",
          "NodeMissing",
          "DevicesHeldOff",
          "DutyUndone",
          "FleetNotCounted",
          "VaultBehind",
          "AuditLogBroken",
          "DuplicateDeviceBurst",
          "EnrollmentErrorBudgetBurn",
          "DatabaseConnectionsNearLimit",
          "DatabasePoolWaits",
          "FilesNearLimit",
          "ResourceNearLimit",
          "ResourceRefused");

  private static final Pattern SERIES =
      Pattern.compile("\\b(?:otakey[_:]|jvm_|process_|system_)[a-zA-Z0-9_:]+|\\bup\\b");

  private Monitored bed;
  private PrometheusNode prometheus;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    bed = new Monitored(Files.createDirectories(folder.resolve("gateway")));
    Path files = Files.createDirectories(folder.resolve("prometheus"));
    prometheus = PrometheusNode.start(files, FASTER, List.of(bed.target()));
    prometheus.until("a scrape", () -> !prometheus.query("otakey_build").isEmpty());
    bed.load();
    for (String last :
        List.of(
            "otakey_campaign_devices{state=\"notified\"} > 0",
            "otakey_platform_notices_total",
            "otakey_platform_calls_seconds_count")) {
      prometheus.until(last, () -> !prometheus.query(last).isEmpty());
    }
  }

  @AfterAll
  void stop() {
    if (prometheus != null) {
      prometheus.close();
    }
    bed.close();
  }

  @Test
  @Order(1)
  void whatIsExposed_isTheContract() throws Exception {
    Map<String, Metric> ours =
        Arrays.stream(Metric.values()).collect(Collectors.toMap(Metric::prometheusName, m -> m));
    Map<String, ProcessMeters.Described> process =
        ProcessMeters.BY_MICROMETER.stream()
            .collect(Collectors.toMap(ProcessMeters.Described::name, m -> m));
    System.gc(); // whatever only a gauge remembers is forgotten, or kept
    Exposition exposition = bed.metrics();
    Map<Label, Set<String>> values = new HashMap<>();
    Set<String> seen = new HashSet<>();
    for (Exposition.Sample sample : exposition.samples()) {
      String family = base(sample.family(), ours.keySet(), process.keySet());
      seen.add(family);
      assertThat(sample.value()).as(sample.toString()).isNotNaN();
      Set<String> keys = new TreeSet<>(sample.labels().keySet());
      if (sample.name().endsWith("_bucket")) {
        keys.remove("le");
      }
      Metric metric = ours.get(family);
      if (metric == null) {
        assertThat(process).as(sample.name()).containsKey(family);
        assertThat(keys).as(family).isEqualTo(labels(process, family));
      } else {
        assertThat(keys)
            .as(family)
            .containsExactlyInAnyOrderElementsOf(metric.labels().stream().map(Label::key).toList());
        metric.labels().forEach(label -> take(values, label, sample));
        assertThat(exposition.types()).as(family).containsEntry(family, type(metric.form()));
      }
    }
    values.forEach((label, found) -> assertThat(found).as(label.name()).hasSizeLessThan(60));
    Set<String> expected = new HashSet<>(process.keySet());
    expected.addAll(ours.keySet());
    OF_A_CLUSTER.forEach(metric -> expected.remove(metric.prometheusName()));
    assertThat(seen).containsExactlyInAnyOrderElementsOf(expected);
  }

  /** A histogram's maximum is a family of its own. */
  private static String base(String family, Set<String> ours, Set<String> process) {
    boolean known = ours.contains(family) || process.contains(family);
    return known || !family.endsWith("_max")
        ? family
        : family.substring(0, family.length() - "_max".length());
  }

  private static void take(Map<Label, Set<String>> values, Label label, Exposition.Sample sample) {
    String value = sample.labels().get(label.key());
    if (label.listed().isEmpty()) {
      values.computeIfAbsent(label, none -> new HashSet<>()).add(value);
    } else {
      assertThat(label.listed()).as(sample.name() + " " + label.key()).contains(value);
    }
  }

  private static Set<String> labels(Map<String, ProcessMeters.Described> process, String family) {
    ProcessMeters.Described meter = process.get(family);
    return meter == null ? Set.of("not in the contract") : Set.copyOf(meter.labels());
  }

  private static String type(Form form) {
    return switch (form) {
      case COUNTER -> "counter";
      case GAUGE, BYTES, SECONDS -> "gauge";
      case LATENCY, CALL, SIZE -> "histogram";
      case TIME -> "summary";
    };
  }

  @Test
  @Order(2)
  void everyResource_hasItsUseAndItsLimit() throws Exception {
    Map<String, Map<String, Double>> shown = new HashMap<>();
    bed.metrics().samples().stream()
        .filter(sample -> sample.labels().containsKey("resource"))
        .forEach(
            sample ->
                shown
                    .computeIfAbsent(sample.labels().get("resource"), none -> new HashMap<>())
                    .put(sample.name(), sample.value()));
    for (Resource resource : Resource.values()) {
      if (resource != Resource.CLUSTER_QUEUE) {
        Map<String, Double> of = shown.getOrDefault(resource.label(), Map.of());
        assertThat(of.getOrDefault(Metric.RESOURCE_USED.prometheusName(), -1.0))
            .as(resource.label())
            .isBetween(0.0, of.getOrDefault(Metric.RESOURCE_LIMIT.prometheusName(), -1.0));
      }
    }
    assertThat(shown.getOrDefault("database_hot", Map.of()))
        .containsKey(Metric.RESOURCE_WAITING.prometheusName());
    assertThat(
            shown
                .getOrDefault("grants_remembered", Map.of())
                .getOrDefault(Metric.RESOURCE_USED.prometheusName(), 0.0))
        .isGreaterThan(20);
  }

  @Test
  @Order(3)
  void everyRule_isEvaluated_andFindsWhatItNames() {
    prometheus.until(
        "every rule was evaluated",
        () ->
            prometheus.rules().stream()
                .noneMatch(r -> r.path("health").asText().equals("unknown")));
    List<JsonNode> rules = prometheus.rules();
    assertThat(rules).hasSizeGreaterThan(70);
    Set<String> named = new TreeSet<>();
    for (JsonNode rule : rules) {
      assertThat(rule.path("lastError").asText()).as(rule.path("name").asText()).isEmpty();
      assertThat(rule.path("health").asText()).isEqualTo("ok");
      Matcher matcher = SERIES.matcher(rule.path("query").asText());
      while (matcher.find()) {
        named.add(matcher.group());
      }
      if (rule.path("type").asText().equals("recording")) {
        named.add(rule.path("name").asText());
      }
    }
    OF_A_CLUSTER.forEach(metric -> named.remove(metric.prometheusName()));
    for (String series : named) {
      prometheus.until(
          series + " is there",
          () -> {
            bed.one();
            return !prometheus.query(series).isEmpty();
          });
    }
  }

  @Test
  @Order(4)
  void alerts_fireByTheirFaults() throws Exception {
    String wrong = "ALERTS{alertname=~\"" + String.join("|", HEALTHY) + "\"}";
    prometheus.until( // a pool that was busy for a moment is let off
        "nothing is wrong yet", () -> prometheus.query(wrong).isEmpty());
    fire("CertificateExpires", "CertificateExpiresSoon", "QuotaNearlySpent", "PlatformAway");
    whatTakesLong();
    resources();
    security();
    database();
    fire("CampaignStalled", "PlatformDebtOld");
    if (FULL) {
      fire(AT_FULL_SIZE.toArray(String[]::new));
    }
    devicesHeldOff();
  }

  /** Begun early, looked for at last. */
  private void whatTakesLong() {
    bed.admin("campaign", "pause", bed.told());
    bed.sql(
        "update credential set changed_at = now() - interval '1 hour' where due_at is not null");
    bed.sql(
        "insert into device (product_id, device_id, status, epoch, token, committed_at)"
            + " select 'thermo', 'old-' || i, 2, 1, '\\x00', now() - interval '2 years'"
            + " from generate_series(1, 200) i");
    fire("WebhookFailing");
    bed.sql("update webhook set failing_since = now() - interval '2 days', due_at = now()");
    fire("WebhookPaused");
  }

  private void resources() throws Exception {
    bed.sql(
        "update duty set holder = gen_random_uuid(), fence = fence + 1,"
            + " expires_at = now() + interval '1 hour' where name = 'webhooks'");
    for (String alert : List.of("ResourceRefused", "ResourceNearLimit")) { // a late scrape ends one
      prometheus.until(
          alert + " fires for more connections than there may be",
          () -> {
            bed.connect();
            return prometheus.fires(alert);
          });
    }
    bed.disconnect();
    bed.crowdFiles(() -> fire("FilesNearLimit"));
    fire("DutyUndone");
  }

  private void security() throws Exception {
    bed.duplicates(130);
    fire("DuplicateDeviceBurst", "SecurityEventsLeftOut");
    bed.staleKeys(8);
    bed.refused(60);
    fire("StaleKeyUsed", "EnrollmentsRefused");
    var mark = bed.gateway().gateway().behind().vaultMark();
    String inForce = TestGateway.await(mark.inForce(""));
    TestGateway.await(mark.put("0".repeat(64)));
    fire("VaultBehind");
    TestGateway.await(mark.put(inForce));
    bed.sql("update audit_chain set head_position = head_position - 1");
    fire("AuditLogBroken");
  }

  private void database() {
    prometheus.until(
        "slow commits are seen",
        () -> {
          bed.commitSlowly();
          return prometheus.fires("CommitSlow");
        });
    bed.crowdDatabase(() -> fire("DatabaseConnectionsNearLimit"));
    bed.listInVain(20, () -> fire("DatabasePoolWaits"));
    prometheus.until(
        "many enrollments that take long are seen",
        () -> {
          bed.enrollSlowly(6); // connections are few here
          for (int quick = 0; quick < 10; quick++) {
            bed.one(); // a share is of a hundred at least
          }
          return prometheus.fires("EnrollmentLatencyBudgetBurn");
        });
  }

  private void devicesHeldOff() {
    TestGateway.await(bed.gateway().gateway().behind().recovery().hold("a test holds devices off"));
    fire("DevicesHeldOff");
    prometheus.until(
        "a share of ENROLLs that are not served is seen",
        () -> {
          bed.enrollInVain(20);
          return prometheus.fires("EnrollmentErrorBudgetBurn");
        });
    bed.sql(
        "update duty set holder = gen_random_uuid(), fence = fence + 1,"
            + " expires_at = now() + interval '1 hour' where name = 'census'");
    fire("FleetNotCounted");
  }

  private void fire(String... alerts) {
    prometheus.awaitAlerts(alerts);
  }

  @Test
  @Order(5)
  void aNodeThatIsGone() {
    assertThat(prometheus.fires("NodeMissing")).isFalse();
    bed.gateway().close();
    fire("NodeMissing", "AllNodesMissing");
  }

  @Test
  @Order(6)
  void everyAlertOfTheList_hasFired() {
    Set<String> all = new TreeSet<>(ALWAYS);
    if (FULL) {
      all.addAll(AT_FULL_SIZE);
    }
    assertThat(prometheus.fired()).isEqualTo(all);
  }
}
