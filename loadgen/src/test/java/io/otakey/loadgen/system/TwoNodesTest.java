package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes on one PostgreSQL. What one of them is told reaches devices at the other; without
 * the cluster, or with a node frozen or dead, it takes until their next POLL.
 */
class TwoNodesTest {
  private static final int DEVICES = 60;
  private static final IdRange IDS = new IdRange("dev-", 1);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LEAVES_WITHIN = Duration.ofSeconds(10);
  private static final Duration POLL_WITHIN = Duration.ofSeconds(4);

  /** The nodes differ, as while settings are rolled out. */
  private static final Map<String, String> SETTINGS =
      Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "100", "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1");

  @TempDir private Path folder;

  @Test
  void oneNodeTellsTheOthersDevices_andNothingIsWrongWhenItCannot() throws Exception {
    try (Nodes nodes = Nodes.start(folder, 2, SETTINGS);
        LiveRun fleet = new LiveRun(plan(nodes.node(1), nodes.bundle()))) {
      fleet.start();
      until(fleet, 1);
      nodes.awaitSight(0, 2);
      nodes.awaitSight(1, 2);
      assertThat(cluster(nodes.node(0))).isEqualTo("up");
      theOtherNodesDevicesAreTold(nodes, fleet);
      whatOneNodeStores_theOtherKnowsWithinASecond(nodes);
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

  /**
   * An ENROLL with a key that the node does not know is not recognised, and the device gives up.
   */
  private static void whatOneNodeStores_theOtherKnowsWithinASecond(Nodes nodes) throws Exception {
    nodes.node(0).call("POST", "/products/demo/keys", "{}");
    Firmware firmware = Bundle.parse(nodes.node(0).call("GET", "/products/demo/bundle", ""));
    assertThat(firmware.productKeyVersion()).isEqualTo(2);
    TimeUnit.SECONDS.sleep(1); // not for luck: what is promised
    try (Line line = Line.open(nodes.node(1), false)) {
      new HonestDevice(firmware, "newcomer").reach(Goal.ENROLL, line);
    }
  }

  private static void cutApart_devicesHearAtTheirPoll(Nodes nodes, LiveRun fleet) throws Exception {
    nodes.relay(0).cut();
    nodes.relay(1).cut();
    assertThat(nodes.awaitSight(0, 1)).isLessThan(LEAVES_WITHIN.toMillis());
    nodes.awaitSight(1, 1);
    assertThat(cluster(nodes.node(0))).as("and the node is ready").isEqualTo("down");
    double before = pushed(nodes.node(1));
    nodes.rotate(0, IDS, DEVICES);
    until(fleet, 4);
    assertThat(pushed(nodes.node(1))).as("they polled").isEqualTo(before);
    assertThat(fleet.status().count(LiveCount.ROTATIONS)).isEqualTo(3 * DEVICES);

    nodes.relay(0).mend();
    nodes.relay(1).mend();
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
    return new ObjectMapper()
        .readTree(node.call("GET", "/health/ready", ""))
        .at("/checks/cluster")
        .asText();
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
