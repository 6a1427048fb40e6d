package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes are replaced one after the other under a fleet that goes on. What they are replaced by
 * is this version; what was there before is this version, too, or an earlier one that is built
 * elsewhere ({@code ./otakey test --upgrade-from COMMIT}).
 */
class RollingUpgradeTest {
  private static final int DEVICES = 60;
  private static final IdRange IDS = new IdRange("dev-", 1);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Path BEFORE = Path.of(System.getProperty("otakey.previous"));

  private static final Map<String, String> SETTINGS =
      Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "100", "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1");

  @TempDir private Path folder;

  @Test
  void oldAndNewNodes_serveOneFleetSideBySide() throws Exception {
    System.out.println("upgrade from " + BEFORE);
    try (Nodes nodes = Nodes.start(folder, 2, SETTINGS, BEFORE);
        LiveRun fleet = new LiveRun(plan(nodes))) {
      fleet.start();
      until(fleet, 1);
      campaign(nodes.node(0));
      until(fleet, 2);

      nodes.node(0).replaceBy(GatewayProcess.thisVersion());
      campaign(nodes.node(1));
      until(fleet, 3);
      nodes.rotate(0, IDS, DEVICES);
      until(fleet, 4);
      nodes.rotate(1, IDS, DEVICES);
      until(fleet, 5);

      nodes.node(1).replaceBy(GatewayProcess.thisVersion());
      campaign(nodes.node(1));
      until(fleet, 6);
      assertThat(fleet.count(LiveCount.ENROLLED)).isEqualTo(DEVICES);
      assertThat(fleet.count(LiveCount.ROTATIONS)).as("once each").isEqualTo(5 * DEVICES);
      for (GatewayProcess node : nodes.all()) {
        assertThat(node.complaints()).noneMatch(line -> line.contains(" ERROR "));
        assertThat(node.devices()).allMatch(row -> row.get("epoch").asInt() == 6);
      }
    }
  }

  private static void campaign(GatewayProcess node) throws Exception {
    Campaign campaign = new Campaign(node, 1000, Duration.ofHours(1), PATIENCE);
    campaign.awaitState(campaign.order("\"goal\":\"rotate\",\"waves\":[]"), "finished", DEVICES);
  }

  private static LivePlan plan(Nodes nodes) throws Exception {
    return new LivePlan(
        Bundle.read(nodes.bundle()),
        IDS,
        DEVICES,
        400,
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
        new Timing(0.001, 2_000, 1_000),
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
