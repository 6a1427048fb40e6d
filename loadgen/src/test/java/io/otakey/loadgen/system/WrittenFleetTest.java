package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.MosquittoNode;
import io.otakey.gateway.RabbitNode;
import io.otakey.loadgen.stats.LiveResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fleets on real platforms that cannot ask, into which the gateway writes every login: rotated,
 * while the gateway is killed and comes back, moved to a platform that is away in the middle, and
 * brought back, as those on platforms that ask; at the end the platforms have one login for each
 * device, and none that nobody needs.
 */
class WrittenFleetTest {
  private static final Duration PATIENCE = Duration.ofMinutes(Fleet.FULL ? 20 : 3);
  private static final Duration TIMEOUT = Duration.ofSeconds(Fleet.FULL ? 60 : 10);
  private static final Map<String, String> SETTINGS =
      Map.of(
          "OTAKEY_CAMPAIGNS_TICKMILLIS", "200",
          "OTAKEY_PLATFORMS_TICKMILLIS", "100",
          "OTAKEY_PLATFORMS_CALLTIMEOUT", Fleet.FULL ? "10" : "2",
          "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1",
          "OTAKEY_EXCHANGE_GRANTSPERHOUR", "1000");

  @TempDir private Path folder;

  /** RabbitMQ by its management API, mosquitto by its dynamic security plugin. */
  @Test
  void betweenRabbitMqAndMosquitto() throws Exception {
    int devices = Fleet.FULL ? 200 : 40;
    Path own = Files.createDirectory(folder.resolve("harbour"));
    CompletableFuture<RabbitNode> node = rabbit("cloud");
    try (GatewayProcess gateway = gateway();
        RabbitNode cloud = node.join();
        MosquittoNode target = MosquittoNode.start(own)) {
      register(gateway, "cloud", cloud);
      gateway.putPlatform(
          "harbour",
          "mosquitto",
          Map.of("url", "mqtt://127.0.0.1:" + target.mqttPort(), "user", MosquittoNode.USER),
          Map.of("password", MosquittoNode.PASSWORD));
      Story.Step thaw = () -> back(gateway, target::thaw);
      tell(gateway, devices, cloud.mqttPort(), target.mqttPort(), target::freeze, thaw);
    }
    if (Fleet.FULL) {
      betweenTwoRabbitMqs(2000);
    }
  }

  private void betweenTwoRabbitMqs(int devices) throws Exception {
    CompletableFuture<RabbitNode> one = rabbit("cloud-2");
    CompletableFuture<RabbitNode> other = rabbit("harbour-2");
    try (GatewayProcess gateway = gateway();
        RabbitNode cloud = one.join();
        RabbitNode target = other.join()) {
      register(gateway, "cloud", cloud);
      register(gateway, "harbour", target);
      Story.Step start = () -> back(gateway, target::start);
      tell(gateway, devices, cloud.mqttPort(), target.mqttPort(), target::kill, start);
    }
  }

  /** The operator does not wait for the gateway to find out. */
  private static void back(GatewayProcess gateway, Story.Step comesBack) throws Exception {
    comesBack.run();
    gateway.call("POST", "/platforms/harbour/check", "");
  }

  private static void tell(
      GatewayProcess gateway,
      int devices,
      int cloudPort,
      int harbourPort,
      Story.Step goesAway,
      Story.Step comesBack)
      throws Exception {
    int cloud = gateway.createConnection("cloud", cloudPort);
    int harbour = gateway.createConnection("harbour", harbourPort);
    Path bundle = gateway.createProduct("demo", cloud);
    // A device whose target is away gets no grant, so it gives nothing up: it is late.
    Campaign campaign = new Campaign(gateway, Math.max(20, devices / 10), TIMEOUT, PATIENCE);
    Story story = new Story(gateway, campaign, devices, devices, false, PATIENCE);
    Story.Step dies = () -> diesOwing(gateway);
    LiveResult result = story.tell(bundle, cloud, harbour, dies, goesAway, comesBack);
    story.expectEverythingHeld(result, cloud);
    awaitLogins(gateway, "cloud", devices);
    awaitLogins(gateway, "harbour", 0);
    assertThat(Files.readString(gateway.log())).doesNotContain("a bug");
  }

  /** Killed while logins wait to be made or taken away; what it owes stands in the database. */
  private static void diesOwing(GatewayProcess gateway) throws Exception {
    GatewayProcess.await("something owed to cloud", () -> owed(gateway) > 0);
    gateway.kill();
    gateway.start();
  }

  private static int owed(GatewayProcess gateway) {
    try {
      JsonNode logins = gateway.logins("cloud");
      return logins.get("granted").asInt()
          + logins.get("toPrepare").asInt()
          + logins.get("toRetire").asInt();
    } catch (java.io.IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As many as there are to be, and nothing owed. */
  private static void awaitLogins(GatewayProcess gateway, String platform, int count)
      throws Exception {
    GatewayProcess.await(
        count + " logins on " + platform,
        () -> {
          try {
            JsonNode logins = gateway.logins(platform);
            return logins.get("there").asInt() == count
                && logins.get("granted").asInt() == 0
                && logins.get("toPrepare").asInt() == 0
                && logins.get("toRetire").asInt() == 0;
          } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private GatewayProcess gateway() throws Exception {
    return GatewayProcess.start(Files.createTempDirectory(folder, "gateway"), SETTINGS);
  }

  private static void register(GatewayProcess gateway, String id, RabbitNode node)
      throws Exception {
    gateway.putPlatform(
        id,
        "rabbitmq",
        Map.of("url", "http://127.0.0.1:" + node.managementPort(), "user", RabbitNode.USER),
        Map.of("password", RabbitNode.PASSWORD));
  }

  private CompletableFuture<RabbitNode> rabbit(String name) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return RabbitNode.startWithManagement(Files.createDirectory(folder.resolve(name)));
          } catch (java.io.IOException e) {
            throw new CompletionException(e);
          }
        });
  }
}
