package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Timing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes on one PostgreSQL, with settings of their own, the second started by {@code
 * ./otakey gateway --cluster}. What one of them is told reaches devices at the other; without the
 * cluster, or with a node frozen or dead, it takes until their next POLL.
 */
class TwoNodesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ALLOW_LIST =
      "{\"version\": %d, \"name\": \"demo\", \"policy\": {\"allowList\": %b}}";

  private static final int DEVICES = 60;
  private static final IdRange IDS = new IdRange("dev-", 1);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LEAVES_WITHIN = Duration.ofSeconds(10);
  private static final Duration POLL_WITHIN = Duration.ofSeconds(4);

  /** A second is what is promised; the rest is for a machine that has much else to do. */
  private static final Duration KNOWS_WITHIN = Duration.ofSeconds(1).plusSeconds(3);

  /** The nodes differ, as while settings are rolled out. */
  private static final List<Nodes.Own> OWNS =
      List.of(
          new Nodes.Own(
              Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "100", "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1"),
              false),
          new Nodes.Own(
              Map.of(
                  "OTAKEY_CAMPAIGNS_TICKMILLIS", "150",
                  "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "2",
                  "OTAKEY_JOURNAL_SYNC", "second",
                  "OTAKEY_EVENTLOOPS", "1"),
              true));

  @TempDir private Path folder;

  @Test
  void oneNodeTellsTheOthersDevices_andNothingIsWrongWhenItCannot() throws Exception {
    try (Nodes nodes = Nodes.start(folder, OWNS, GatewayProcess.thisVersion());
        LiveRun fleet = new LiveRun(plan(nodes.node(1), nodes.bundle()))) {
      fleet.start();
      until(fleet, 1);
      nodes.awaitSight(0, 2);
      nodes.awaitSight(1, 2);
      assertThat(cluster(nodes.node(0))).isEqualTo("up");
      theOtherNodesDevicesAreTold(nodes, fleet);
      anyNodeAnswersAnyFrame(nodes);
      whatOneNodeStores_theOtherKnowsWithinASecond(nodes);
      theVaultInForceAtOneNode_isSoAtTheOther(nodes);
      cutApart_devicesHearAtTheirPoll(nodes, fleet);
      deadOrFrozen_aNodeLeavesInTime(nodes);
      assertThat(nodes.node(0).complaints()).isEmpty();
    }
  }

  private static void theOtherNodesDevicesAreTold(Nodes nodes, LiveRun fleet) throws Exception {
    Campaign campaign = new Campaign(nodes.node(0), 1000, Duration.ofHours(1), PATIENCE);
    long id = campaign.order("\"goal\":\"rotate\",\"waves\":[]");
    until(fleet, 2);
    campaign.awaitState(id, "finished", DEVICES);
    assertThat(asked(nodes.node(0)) + asked(nodes.node(1))).isEqualTo(DEVICES);
    assertThat(pushed(nodes.node(1))).isEqualTo(DEVICES);
    assertThat(pushed(nodes.node(0))).as("it has no devices").isZero();
    nodes.rotate(0, IDS, DEVICES); // surely not the node that has them
    until(fleet, 3);
    assertThat(pushed(nodes.node(1))).isEqualTo(2 * DEVICES);
    assertThat(nodes.node(1).metric("otakey_cluster_messages_total", "outcome=\"heard\""))
        .isPositive();
  }

  /** ENROLL, CONFIRM, POLL, ROTATE and CONFIRM, each at the node that did not answer the last. */
  private static void anyNodeAnswersAnyFrame(Nodes nodes) throws Exception {
    HonestDevice device = new HonestDevice(Bundle.read(nodes.bundle()), "wanderer");
    try (Line one = Line.open(nodes.node(0), false);
        Line other = Line.open(nodes.node(1), true)) {
      device.reach(Goal.ENROLL, one, other);
      device.reach(Goal.PROVE, one, other);
      device.reach(Goal.ROTATE, one, other);
    }
    assertThat(device.sent()).isEqualTo(5);
    assertThat(nodes.node(1).devices())
        .filteredOn(row -> row.get("deviceId").asText().equals("wanderer"))
        .singleElement()
        .satisfies(row -> assertThat(row.get("epoch").asInt()).isEqualTo(2));
  }

  private static void whatOneNodeStores_theOtherKnowsWithinASecond(Nodes nodes) throws Exception {
    nodes.node(0).call("POST", "/products/demo/keys", "{}");
    Firmware firmware = Bundle.parse(nodes.node(0).call("GET", "/products/demo/bundle", ""));
    assertThat(firmware.productKeyVersion()).isEqualTo(2);
    knowsInTime("a key", () -> grants(nodes.node(1), firmware));
    JsonNode product = JSON.readTree(nodes.node(0).call("GET", "/products/demo", ""));
    int version = product.get("version").asInt();
    nodes.node(0).call("PUT", "/products/demo", ALLOW_LIST.formatted(version, true));
    knowsInTime("a policy", () -> !grants(nodes.node(1), firmware));
    nodes.node(0).call("PUT", "/products/demo", ALLOW_LIST.formatted(version + 1, false));
    knowsInTime("a policy", () -> grants(nodes.node(1), firmware));
  }

  private static boolean grants(GatewayProcess node, Firmware firmware) throws Exception {
    try (Line line = Line.open(node, false)) {
      return new HonestDevice(firmware, "newcomer-" + System.nanoTime()).isGranted(line);
    }
  }

  private static void theVaultInForceAtOneNode_isSoAtTheOther(Nodes nodes) throws Exception {
    String before = nodes.node(1).call("GET", "/vault", "");
    List<String> command =
        List.of(
            GatewayProcess.thisVersion().resolve("otakey").toString(),
            "vault",
            "add-allocation-secret",
            "--file",
            nodes.vault().toString());
    ProcessBuilder adding = new ProcessBuilder(command).redirectErrorStream(true);
    adding.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    adding.environment().put("OTAKEY_BUILD", "off");
    adding.environment().put("OTAKEY_JAVA_HOME", System.getProperty("java.home"));
    assertThat(adding.start().waitFor()).isZero();
    assertThat(nodes.node(1).call("GET", "/vault", "")).as("nobody said so").isEqualTo(before);
    String after = nodes.node(0).call("POST", "/vault/reload", "");
    assertThat(after).isNotEqualTo(before);
    knowsInTime("a vault", () -> nodes.node(1).call("GET", "/vault", "").equals(after));
  }

  private static void knowsInTime(String what, Callable<Boolean> known) throws Exception {
    long deadline = System.nanoTime() + KNOWS_WITHIN.toNanos();
    while (!known.call()) {
      assertThat(System.nanoTime()).as("the other node knows %s", what).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static void cutApart_devicesHearAtTheirPoll(Nodes nodes, LiveRun fleet) throws Exception {
    nodes.cut(0);
    assertThat(nodes.awaitSight(0, 1)).isLessThan(LEAVES_WITHIN.toMillis());
    nodes.awaitSight(1, 1);
    assertThat(cluster(nodes.node(0))).as("and the node is ready").isEqualTo("down");
    double before = pushed(nodes.node(1));
    nodes.rotate(0, IDS, DEVICES);
    until(fleet, 4);
    assertThat(pushed(nodes.node(1))).as("they polled").isEqualTo(before);
    assertThat(fleet.status().count(LiveCount.ROTATIONS)).isEqualTo(3 * DEVICES);

    nodes.mend();
    nodes.awaitSight(0, 2);
    nodes.awaitSight(1, 2);
    nodes.rotate(0, IDS, DEVICES);
    until(fleet, 5);
    assertThat(pushed(nodes.node(1))).isEqualTo(before + DEVICES);
  }

  private static void deadOrFrozen_aNodeLeavesInTime(Nodes nodes) throws Exception {
    nodes.node(1).kill();
    assertThat(nodes.awaitSight(0, 1)).as("killed").isLessThan(LEAVES_WITHIN.toMillis());
    nodes.node(1).start();
    nodes.awaitSight(0, 2);
    GatewayProcess.signal("STOP", ProcessHandle.of(nodes.node(1).pid()).orElseThrow());
    assertThat(nodes.awaitSight(0, 1)).as("frozen").isLessThan(LEAVES_WITHIN.toMillis());
  }

  private static double pushed(GatewayProcess node) throws Exception {
    return node.metric("otakey_pushes_total", "outcome=\"sent\"");
  }

  private static double asked(GatewayProcess node) throws Exception {
    return node.metric("otakey_campaign_devices_asked_total");
  }

  /** What a probe for readiness is told of the cluster; the node itself has to be ready. */
  private static String cluster(GatewayProcess node) throws Exception {
    return JSON.readTree(node.call("GET", "/health/ready", "")).at("/checks/cluster").asText();
  }

  private static LivePlan plan(GatewayProcess node, Path bundle) throws Exception {
    return new LivePlan(
        Bundle.read(bundle),
        IDS,
        DEVICES,
        400,
        List.of(new Endpoint("127.0.0.1", node.port("mqtt"))),
        Optional.empty(),
        1,
        DEVICES,
        DEVICES,
        1,
        List.of(),
        true,
        false,
        0,
        new Timing(0.001, 2_000, POLL_WITHIN.toMillis()),
        1);
  }

  private static void until(LiveRun fleet, long epoch) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!fleet.status().allThere(Optional.empty(), epoch)) {
      assertThat(System.nanoTime()).as("%s", fleet.status()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
