package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.RabbitNode;
import io.otakey.loadgen.stats.LiveResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fleet on two real RabbitMQ nodes that ask a real gateway: campaigns rotate every key, move
 * every device from one platform to the other, which dies meanwhile, and back, where the platform
 * refuses all new ones meanwhile; no device is ever without a credential that works, and no secret
 * but the newest is worth anything afterwards.
 */
class LivingFleetTest {
  private static final int DEVICES = Fleet.FULL ? 10_000 : 200;
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
    Path data = Files.createDirectory(folder.resolve("gateway"));
    try (GatewayProcess gateway = GatewayProcess.start(data, SETTINGS);
        Doorkeeper door = Doorkeeper.before(gateway.port("hook"))) {
      List<CompletableFuture<RabbitNode>> nodes = // side by side: it takes them long
          List.of(node(door.port(), "cloud"), node(gateway.port("hook"), "harbour"));
      try {
        RabbitNode target = nodes.get(1).join();
        int cloud = gateway.createConnection("cloud", nodes.get(0).join().mqttPort());
        int harbour = gateway.createConnection("harbour", target.mqttPort());
        Path bundle = gateway.createProduct("demo", cloud);
        Campaign campaign = new Campaign(gateway, ASKED_IN_A_SECOND, Duration.ofHours(1), PATIENCE);
        Story story = new Story(gateway, campaign, DEVICES, Fleet.FULL ? 150 : 200, true, PATIENCE);
        Story.Trouble death = new Story.Trouble(target::kill, target::start);
        Story.Trouble refusal = new Story.Trouble(door::shut, door::open);
        Story.Plot plot = new Story.Plot(() -> {}, death, Optional.of(refusal));
        LiveResult result = story.tell(bundle, cloud, harbour, plot);
        assertThat(door.turnedAway()).isGreaterThan(5);
        story.expectEverythingHeld(result, cloud);
        assertThat(Files.readString(gateway.log())).doesNotContain("a bug");
      } finally {
        nodes.forEach(node -> node.thenAccept(RabbitNode::close).exceptionally(e -> null).join());
      }
    }
  }

  private CompletableFuture<RabbitNode> node(int hook, String platform) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            Path own = Files.createDirectory(folder.resolve(platform));
            return RabbitNode.start(own, hook, platform);
          } catch (java.io.IOException e) {
            throw new CompletionException(e);
          }
        });
  }
}
