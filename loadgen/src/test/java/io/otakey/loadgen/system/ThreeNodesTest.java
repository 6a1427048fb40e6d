package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.LiveCount;
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
 * A campaign over devices that are connected to three nodes, while nodes are killed, frozen, and
 * cut off, each at a time, from all other nodes or from the database at random: it finishes, nobody
 * loses a key, and everybody gets exactly one. What cuts are relays on this machine, which swallow
 * what passes; devices are not cut off from nodes but by kills and freezes.
 */
class ThreeNodesTest {
  private static final int NODES = 3;
  private static final IdRange IDS = new IdRange("dev-", 1);
  private static final int DEVICES = Fleet.FULL ? 15_000 : 600;
  private static final int ASKED_IN_A_SECOND = Fleet.FULL ? 75 : 40;
  private static final int MISFORTUNES = Fleet.FULL ? 40 : 4;
  private static final Duration PATIENCE = Duration.ofMinutes(Fleet.FULL ? 15 : 2);
  private static final Duration POLL_WITHIN = Duration.ofSeconds(Fleet.FULL ? 60 : 4);

  private static final Map<String, String> SETTINGS =
      Map.of(
          "OTAKEY_CAMPAIGNS_TICKMILLIS", "100",
          "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1",
          "OTAKEY_LIMITS_MAXCONNECTIONS", "19000");

  @TempDir private Path folder;

  @Test
  void aCampaignAmongMisfortunes_givesEveryDeviceOneKeyMore() throws Exception {
    long seed = Long.getLong("otakey.seed", System.nanoTime());
    System.out.println("three nodes, cut by relays: -Dotakey.seed=" + seed);
    try (Nodes nodes = Nodes.start(folder, NODES, SETTINGS);
        LiveRun fleet = new LiveRun(plan(nodes))) {
      fleet.start();
      until(fleet, () -> fleet.status().allThere(Optional.empty(), 1));
      for (int i = 0; i < NODES; i++) {
        nodes.awaitSight(i, NODES);
        assertThat(nodes.node(i).gauge("otakey_devices_present")).as("node " + i).isPositive();
      }
      Campaign campaign =
          new Campaign(nodes.node(0), ASKED_IN_A_SECOND, Duration.ofHours(1), PATIENCE);
      long id = campaign.order("\"goal\":\"rotate\",\"waves\":[10,30]");
      until(fleet, () -> fleet.status().count(LiveCount.ROTATIONS) > 0);

      Misfortunes misfortunes = new Misfortunes(nodes, seed);
      misfortunes.befall(MISFORTUNES);
      System.out.println("three nodes: " + misfortunes);

      until(fleet, () -> fleet.status().allThere(Optional.empty(), 2));
      campaign.awaitState(id, "finished", DEVICES);
      expectOneKeyMore(nodes, fleet);
    }
  }

  private static void expectOneKeyMore(Nodes nodes, LiveRun fleet) throws Exception {
    assertThat(fleet.status().count(LiveCount.ROTATIONS)).as("in the devices").isEqualTo(DEVICES);
    assertThat(fleet.status().count(LiveCount.ENROLLED)).as("no key was lost").isEqualTo(DEVICES);
    List<JsonNode> rows = nodes.node(0).devices();
    assertThat(rows).hasSize(DEVICES).allMatch(row -> row.get("epoch").asInt() == 2);
    for (int i = 0; i < NODES; i++) {
      nodes.awaitSight(i, NODES);
    }
    nodes.rotate(0, IDS, DEVICES); // which needs the key that each of them holds
    until(fleet, () -> fleet.status().allThere(Optional.empty(), 3));
    assertThat(fleet.status().count(LiveCount.ROTATIONS)).isEqualTo(2L * DEVICES);
    assertThat(nodes.deadlocks()).isZero();
  }

  private static LivePlan plan(Nodes nodes) throws Exception {
    return new LivePlan(
        Bundle.read(nodes.bundle()),
        IDS,
        DEVICES,
        Fleet.FULL ? 1000 : 400,
        nodes.all().stream().map(n -> new Endpoint("127.0.0.1", n.port("mqtt"))).toList(),
        Optional.empty(),
        1,
        DEVICES,
        DEVICES,
        1,
        List.of(),
        true,
        false,
        0,
        new Timing(0.005, 2_000, POLL_WITHIN.toMillis()),
        1);
  }

  private static void until(LiveRun fleet, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("%s", fleet.status()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }
}
