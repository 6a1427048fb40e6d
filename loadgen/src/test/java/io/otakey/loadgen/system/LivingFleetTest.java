package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.live.LiveStatus;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.protocol.device.Timing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fleet on two real RabbitMQ nodes that ask a real gateway: every key is rotated, every device
 * moves from one platform to the other and comes back, and no secret but the newest is worth
 * anything afterwards.
 */
class LivingFleetTest {
  private static final int DEVICES = Fleet.FULL ? 10_000 : 300;
  private static final int ASKED_IN_A_SECOND = Fleet.FULL ? 80 : DEVICES;
  private static final Duration PATIENCE = Duration.ofMinutes(Fleet.FULL ? 20 : 3);
  private static final Map<String, String> SETTINGS =
      Map.of(
          "OTAKEY_HOOK_ENABLED", "true",
          "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1",
          "OTAKEY_EXCHANGE_GRANTSPERHOUR", "1000");

  @TempDir private Path folder;

  /** Who asks all devices of the product for something. */
  private interface Orders {
    void rotate() throws Exception;

    void move(int connection) throws Exception;
  }

  @Test
  void rotatedMovedAndBroughtBack_everyDeviceHasExactlyOneSecretThatWorks() throws Exception {
    try (GatewayProcess gateway = GatewayProcess.start(Files.createDirectory(data()), SETTINGS)) {
      List<CompletableFuture<RabbitNode>> nodes = // side by side: it takes them long
          List.of(node(gateway, "cloud"), node(gateway, "harbour"));
      try {
        int cloud = gateway.createConnection("cloud", nodes.get(0).join().mqttPort());
        int harbour = gateway.createConnection("harbour", nodes.get(1).join().mqttPort());
        Path bundle = gateway.createProduct("demo", cloud);
        LiveResult result = live(gateway, bundle, new ByHand(gateway), cloud, harbour);
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
      GatewayProcess gateway, Path bundle, Orders orders, int cloud, int harbour) throws Exception {
    try (LiveRun run = new LiveRun(plan(gateway, bundle))) {
      run.start();
      until(run, "cloud", 1);
      orders.rotate();
      until(run, "cloud", 2);
      orders.move(harbour);
      until(run, "harbour", 3);
      orders.move(cloud);
      until(run, "cloud", 4);
      return run.prove("test", PATIENCE);
    }
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

  private static void until(LiveRun run, String platform, long epoch) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    LiveStatus status = run.status();
    while (!status.allThere(Optional.of(platform), epoch)) {
      assertThat(System.nanoTime()).as("%s", status).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50);
      status = run.status();
    }
  }

  /** Asks devices by their ids, some in every second: what a broker can bear. */
  private record ByHand(GatewayProcess gateway) implements Orders {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public void rotate() throws Exception {
      want("\"wish\":\"rotate\"");
    }

    @Override
    public void move(int connection) throws Exception {
      want("\"wish\":\"move\",\"connectionId\":" + connection);
    }

    private void want(String wish) throws Exception {
      List<String> ids = new ArrayList<>();
      for (JsonNode row : gateway.devices()) {
        ids.add(row.get("deviceId").asText());
      }
      for (int from = 0; from < ids.size(); from += ASKED_IN_A_SECOND) {
        if (from > 0) {
          TimeUnit.SECONDS.sleep(1);
        }
        List<String> some = ids.subList(from, Math.min(ids.size(), from + ASKED_IN_A_SECOND));
        String body = "{" + wish + ",\"deviceIds\":" + JSON.writeValueAsString(some) + "}";
        JsonNode answer = JSON.readTree(gateway.call("POST", "/products/demo/wanted", body));
        assertThat(answer.get("notWanted")).isEmpty();
      }
    }
  }
}
