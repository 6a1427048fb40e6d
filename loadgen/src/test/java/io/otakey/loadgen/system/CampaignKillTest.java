package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.protocol.device.Timing;
import java.nio.file.Files;
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
 * A gateway that is killed again and again finishes its campaign, and nobody rotates twice; its
 * journal brings back all that it acknowledged.
 */
class CampaignKillTest {
  private static final int DEVICES = Fleet.FULL ? 10_000 : 300;
  private static final int KILLS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(Fleet.FULL ? 10 : 3);
  private static final Map<String, String> SETTINGS =
      Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "100", "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1");

  @TempDir private Path folder;

  @Test
  void aRotationGoesOnWhereItStood_andEveryDeviceRotatesOnce() throws Exception {
    Path data = Files.createDirectory(folder.resolve("gateway"));
    try (GatewayProcess gateway = GatewayProcess.start(data, SETTINGS);
        LiveRun run = new LiveRun(plan(gateway, gateway.createProduct("demo")))) {
      run.start();
      until(run, () -> run.status().allThere(Optional.empty(), 1));
      Campaign campaign = new Campaign(gateway, DEVICES / 8, Duration.ofHours(1), PATIENCE);
      long id = campaign.order("\"goal\":\"rotate\",\"waves\":[10,20]");
      for (int kill = 1; kill <= KILLS; kill++) {
        long reached = (long) DEVICES * kill / (KILLS + 1);
        until(run, () -> run.status().count(LiveCount.ROTATIONS) >= reached);
        gateway.kill();
        gateway.start();
      }
      until(run, () -> run.status().allThere(Optional.empty(), 2));
      campaign.awaitState(id, "finished", DEVICES);
      assertThat(run.status().count(LiveCount.ROTATIONS)).isEqualTo(DEVICES);
      assertThat(gateway.devices()).hasSize(DEVICES).allMatch(row -> row.get("epoch").asInt() == 2);
      isBroughtBack(gateway, data);
    }
  }

  /** Whatever was acknowledged in any of its lives stands in its journal, however it ended. */
  private void isBroughtBack(GatewayProcess gateway, Path data) throws Exception {
    List<JsonNode> before = keys(gateway);
    String configuration = gateway.call("GET", "/config", "");
    ProcessHandle database = gateway.postgres();
    gateway.kill();
    database.destroyForcibly();
    GatewayProcess.awaitEnd(database);
    Files.move(data.resolve("database"), folder.resolve("lost"));
    gateway.start();
    assertThat(keys(gateway)).isEmpty();
    Path exported = Files.writeString(folder.resolve("config.yaml"), configuration);
    Path token = data.resolve("admin-token");
    AdminProcess.run(gateway, token, "config", "apply", exported.toString());
    String journal = data.resolve("journal").toString();
    String said = AdminProcess.run(gateway, token, "journal", "replay", "--apply", journal);
    assertThat(said).containsPattern("created +" + DEVICES);
    assertThat(keys(gateway)).isEqualTo(before);
  }

  /** What the registry knows of each device's key. */
  private static List<JsonNode> keys(GatewayProcess gateway) throws Exception {
    List<String> known = List.of("deviceId", "status", "epoch", "connectionId");
    return gateway.devices().stream()
        .map(row -> (JsonNode) ((ObjectNode) row).retain(known))
        .toList();
  }

  private static LivePlan plan(GatewayProcess gateway, Path bundle) throws Exception {
    return new LivePlan(
        Bundle.read(bundle),
        new IdRange("dev-", 1),
        DEVICES,
        400,
        List.of(new Endpoint("127.0.0.1", gateway.port("mqtt"))),
        Optional.empty(),
        1,
        8,
        32,
        1,
        List.of(),
        true,
        false,
        0,
        new Timing(0.005, 2_000, Fleet.FULL ? 500 : 2_000),
        1);
  }

  private static void until(LiveRun run, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("%s", run.status()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
