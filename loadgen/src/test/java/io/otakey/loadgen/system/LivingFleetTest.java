package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.protocol.device.Timing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fleet on two real RabbitMQ nodes that ask a real gateway: campaigns rotate every key, move
 * every device from one platform to the other and back, while the gateway is killed and a platform
 * dies; no device is ever without a credential that works, and no secret but the newest is worth
 * anything afterwards.
 */
class LivingFleetTest {
  private static final int DEVICES = Fleet.FULL ? 10_000 : 300;
  private static final int ASKED_IN_A_SECOND = Fleet.FULL ? 80 : DEVICES;
  private static final Duration PATIENCE = Duration.ofMinutes(Fleet.FULL ? 20 : 3);
  private static final Map<String, String> SETTINGS =
      Map.of(
          "OTAKEY_HOOK_ENABLED", "true",
          "OTAKEY_CAMPAIGNS_TICKMILLIS", "200",
          "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1",
          "OTAKEY_EXCHANGE_GRANTSPERHOUR", "1000");

  @TempDir private Path folder;

  @Test
  void rotatedMovedAndBroughtBack_everyDeviceHasExactlyOneSecretThatWorks() throws Exception {
    try (GatewayProcess gateway = GatewayProcess.start(Files.createDirectory(data()), SETTINGS)) {
      List<CompletableFuture<RabbitNode>> nodes = // side by side: it takes them long
          List.of(node(gateway, "cloud"), node(gateway, "harbour"));
      try {
        int cloud = gateway.createConnection("cloud", nodes.get(0).join().mqttPort());
        int harbour = gateway.createConnection("harbour", nodes.get(1).join().mqttPort());
        Path bundle = gateway.createProduct("demo", cloud);
        Campaign campaign = new Campaign(gateway, ASKED_IN_A_SECOND, PATIENCE);
        LiveResult result = live(gateway, bundle, campaign, nodes.get(1).join(), cloud, harbour);
        expectEverythingHeld(result);
        assertThat(gateway.devices())
            .hasSize(DEVICES)
            .allMatch(row -> row.get("epoch").asInt() == 4)
            .allMatch(row -> row.get("connectionId").asInt() == cloud);
        assertThat(Files.readString(gateway.log())).doesNotContain("a bug");
      } finally {
        nodes.forEach(node -> node.thenAccept(RabbitNode::close).exceptionally(e -> null).join());
      }
    }
  }

  private LiveResult live(
      GatewayProcess gateway,
      Path bundle,
      Campaign campaign,
      RabbitNode target,
      int cloud,
      int harbour)
      throws Exception {
    try (LiveRun run = new LiveRun(plan(gateway, bundle))) {
      run.start();
      until(run, there(run, "cloud", 1));

      long rotation = campaign.order("\"goal\":\"rotate\",\"waves\":[20]");
      until(run, there(run, "cloud", 2));
      campaign.awaitState(rotation, "finished", DEVICES);

      String move = "\"goal\":\"move\",\"connectionId\":";
      long there = campaign.order(move + harbour);
      until(run, () -> run.status().there(Optional.of("harbour"), 3) >= DEVICES / 3);
      target.kill();
      JsonNode paused = campaign.awaitState(there, "paused", -1);
      assertThat(paused.get("why").asText()).contains("failed");
      target.restart();
      campaign.act(there, "retry-failed");
      until(run, there(run, "harbour", 3));
      campaign.awaitState(there, "finished", DEVICES);

      long back = campaign.order(move + cloud);
      until(run, there(run, "cloud", 4));
      campaign.awaitState(back, "finished", DEVICES);
      return run.prove("test", PATIENCE);
    }
  }

  private static Callable<Boolean> there(LiveRun run, String platform, long epoch) {
    return () -> run.status().allThere(Optional.of(platform), epoch);
  }

  private static void expectEverythingHeld(LiveResult result) {
    assertThat(result.faults()).isEmpty();
    assertThat(result.isPerfect()).isTrue();
    assertThat(result.places()).containsExactly(Map.entry("cloud, epoch 4", (long) DEVICES));
    assertThat(result.proof())
        .extracting(LiveResult.Check::what, LiveResult.Check::held)
        .as("%s", result)
        .hasSize(5);
    assertThat(result.proof().get(1).held())
        .as("older secrets")
        .isGreaterThanOrEqualTo(3L * DEVICES);
    assertThat(result.proof().get(2).held())
        .as("the other platform's")
        .isGreaterThanOrEqualTo(DEVICES);
    assertThat(result.proof().get(3).held()).as("newest elsewhere").isEqualTo(DEVICES);
    assertThat(result.counts().get(LiveCount.ROTATIONS)).isEqualTo(3L * DEVICES);
    assertThat(result.counts().get(LiveCount.MOVES)).isEqualTo(2L * DEVICES);
    assertThat(result.counts().get(LiveCount.OUTAGES)).isZero();
    assertThat(result.counts().get(LiveCount.PROBES_IN_UPDATE))
        .as("looked while credentials changed")
        .isGreaterThan(DEVICES / 10);
  }

  private LivePlan plan(GatewayProcess gateway, Path bundle) throws Exception {
    return new LivePlan(
        Bundle.read(bundle),
        new IdRange("dev-", 1),
        DEVICES,
        Fleet.FULL ? 150 : 200,
        new Endpoint("127.0.0.1", gateway.port("mqtt")),
        Optional.empty(),
        1,
        8,
        32,
        1,
        List.of(),
        true,
        40,
        new Timing(0.005, 10_000, Fleet.FULL ? 10_000 : 1_000),
        1);
  }

  private CompletableFuture<RabbitNode> node(GatewayProcess gateway, String platform) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            Path own = Files.createDirectory(folder.resolve(platform));
            return RabbitNode.start(own, gateway.port("hook"), platform);
          } catch (java.io.IOException e) {
            throw new CompletionException(e);
          }
        });
  }

  private Path data() {
    return folder.resolve("gateway");
  }

  private static void until(LiveRun run, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("%s", run.status()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }
}
