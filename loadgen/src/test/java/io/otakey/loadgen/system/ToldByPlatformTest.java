package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.MosquittoNode;
import io.otakey.gateway.RabbitNode;
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
 * Devices that poll once an hour, and whose connection to the gateway shows nobody (an edge
 * proxy's, which they share): a campaign reaches them through their platform.
 */
class ToldByPlatformTest {
  private static final int DEVICES = 40;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @Test
  void onMosquitto_aCampaignFinishesByWordAlone() throws Exception {
    try (MosquittoNode cloud =
        MosquittoNode.start(Files.createDirectory(folder.resolve("cloud")))) {
      Map<String, String> settings =
          Map.of(
              "url",
              "mqtt://127.0.0.1:" + cloud.mqttPort(),
              "user",
              MosquittoNode.USER,
              "notify",
              "true");
      tell("mosquitto", settings, MosquittoNode.PASSWORD, cloud.mqttPort());
    }
  }

  @Test
  void onRabbitMq_aCampaignFinishesByWordAlone() throws Exception {
    try (RabbitNode cloud =
        RabbitNode.startWithManagement(Files.createDirectory(folder.resolve("cloud")))) {
      Map<String, String> settings =
          Map.of(
              "url",
              "http://127.0.0.1:" + cloud.managementPort(),
              "user",
              RabbitNode.USER,
              "notify",
              "true");
      tell("rabbitmq", settings, RabbitNode.PASSWORD, cloud.mqttPort());
    }
  }

  private void tell(String kind, Map<String, String> settings, String password, int mqttPort)
      throws Exception {
    try (GatewayProcess gateway =
        GatewayProcess.start(
            Files.createDirectory(folder.resolve("gateway")),
            Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "200", "OTAKEY_PLATFORMS_TICKMILLIS", "100"))) {
      gateway.putPlatform("cloud", kind, settings, Map.of("password", password));
      int connection = gateway.createConnection("cloud", mqttPort);
      Path bundle = gateway.createProduct("demo", connection);
      try (LiveRun fleet = new LiveRun(plan(bundle, gateway))) {
        fleet.start();
        until(fleet, () -> fleet.status().allThere(Optional.of("cloud"), 1));
        long polls = fleet.count(LiveCount.POLLS);
        Campaign campaign = new Campaign(gateway, DEVICES, Duration.ofMinutes(10), PATIENCE);
        long id = campaign.order("\"goal\":\"rotate\"");
        until(fleet, () -> fleet.status().allThere(Optional.of("cloud"), 2));
        campaign.awaitState(id, "finished", DEVICES);
        assertThat(gateway.gauge("otakey_devices_present")).isZero();
        assertThat(fleet.count(LiveCount.POLLS) - polls).isEqualTo(DEVICES);
        assertThat(fleet.count(LiveCount.ROTATIONS)).isEqualTo(DEVICES);
      }
    }
  }

  private static LivePlan plan(Path bundle, GatewayProcess gateway) throws Exception {
    return new LivePlan(
        Bundle.read(bundle),
        new IdRange("dev.", 1),
        DEVICES,
        40,
        List.of(new Endpoint("127.0.0.1", gateway.port("mqtt"))),
        Optional.empty(),
        1,
        2,
        32,
        1,
        List.of(),
        true,
        true,
        0,
        new Timing(0.04, 10_000),
        1);
  }

  private static void until(LiveRun run, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("%s", run.status()).isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
