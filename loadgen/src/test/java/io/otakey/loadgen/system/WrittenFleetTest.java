package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.gateway.MosquittoNode;
import io.otakey.gateway.RabbitNode;
import io.otakey.loadgen.stats.LiveResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fleets on real platforms that cannot ask, into which the gateway writes every login: rotated,
 * while the gateway is killed and comes back, moved to a platform that is away in the middle, and
 * brought back, as those on platforms that ask; at the end the platforms have one login for each
 * device, and none that nobody needs, which the brokers themselves are asked.
 */
class WrittenFleetTest {
  private static final Duration PATIENCE = Duration.ofMinutes(Fleet.FULL ? 20 : 3);
  private static final Duration TIMEOUT = Duration.ofSeconds(Fleet.FULL ? 60 : 10);
  private static final Map<String, String> SETTINGS =
      Map.of(
          "OTAKEY_CAMPAIGNS_TICKMILLIS", "200",
          "OTAKEY_PLATFORMS_TICKMILLIS", "100",
          "OTAKEY_PLATFORMS_CALLTIMEOUT", Fleet.FULL ? "10" : "5",
          "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1",
          "OTAKEY_EXCHANGE_GRANTSPERHOUR", "1000");

  private static final ObjectMapper JSON = new ObjectMapper();

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
      damageIsMended(gateway, cloud, target, devices);
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

  /** Somebody takes a login away, and adds some that no device needs, and one of nobody's. */
  private static void damageIsMended(
      GatewayProcess gateway, RabbitNode cloud, MosquittoNode harbour, int devices)
      throws Exception {
    List<String> before = users(cloud);
    List<String> logins = before.stream().filter(WrittenFleetTest::isADevices).toList();
    assertThat(logins).hasSize(devices);
    assertThat(harbour.clients()).noneMatch(WrittenFleetTest::isADevices);
    String lost = logins.get(0);
    String extra = lost.substring(0, lost.length() - 1) + (lost.endsWith("0") ? "1" : "0");
    cloud.deleteUser(lost);
    cloud.addUser(extra);
    cloud.addUser("somebody.else");
    harbour.control("createClient", extra, "-p", "test-only");

    JsonNode run = reconcile(gateway, "cloud", devices);
    assertThat(run.get("missing").asInt()).as("%s", run).isEqualTo(1);
    assertThat(run.get("extra").asInt()).as("%s", run).isEqualTo(1);
    assertThat(reconcile(gateway, "harbour", 0).get("extra").asInt()).isEqualTo(1);

    cloud.deleteUser("somebody.else"); // it is still there
    assertThat(users(cloud)).isEqualTo(before);
    assertThat(harbour.clients()).doesNotContain(extra).contains(MosquittoNode.USER);
  }

  private static boolean isADevices(String name) {
    return name.startsWith("demo.dev-");
  }

  private static List<String> users(RabbitNode node) throws Exception {
    return StreamSupport.stream(JSON.readTree(node.users()).spliterator(), false)
        .map(user -> user.get("name").asText())
        .sorted()
        .toList();
  }

  /** Compares a platform with the registry, and waits until it is as it should be. */
  private static JsonNode reconcile(GatewayProcess gateway, String platform, int logins)
      throws Exception {
    String path = "/platforms/" + platform + "/reconciliation";
    gateway.call("POST", path, "");
    Callable<JsonNode> run = () -> JSON.readTree(gateway.call("GET", path, ""));
    await("the end of a comparison", () -> run.call().has("endedAt"));
    awaitLogins(gateway, platform, logins);
    return run.call();
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
    Story.Trouble away = new Story.Trouble(goesAway, comesBack);
    Story.Plot plot = new Story.Plot(() -> diesOwing(gateway), away, Optional.empty());
    LiveResult result = story.tell(bundle, cloud, harbour, plot);
    story.expectEverythingHeld(result, cloud);
    awaitLogins(gateway, "cloud", devices);
    awaitLogins(gateway, "harbour", 0);
    assertThat(Files.readString(gateway.log())).doesNotContain("a bug");
  }

  /** Killed while logins wait to be made or taken away; what it owes stands in the database. */
  private static void diesOwing(GatewayProcess gateway) throws Exception {
    await(
        "something owed to cloud",
        () -> {
          JsonNode logins = gateway.logins("cloud");
          return logins.get("granted").asInt()
                  + logins.get("toPrepare").asInt()
                  + logins.get("toRetire").asInt()
              > 0;
        });
    gateway.kill();
    gateway.start();
  }

  /** As many as there are to be, and nothing owed. */
  private static void awaitLogins(GatewayProcess gateway, String platform, int count)
      throws Exception {
    await(
        count + " logins on " + platform,
        () -> {
          JsonNode logins = gateway.logins(platform);
          return logins.get("there").asInt() == count
              && logins.get("granted").asInt() == 0
              && logins.get("toPrepare").asInt() == 0
              && logins.get("toRetire").asInt() == 0;
        });
  }

  private static void await(String what, Callable<Boolean> condition) throws InterruptedException {
    GatewayProcess.await(
        what,
        () -> {
          try {
            return condition.call();
          } catch (Exception e) {
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
