package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fleet enrolls while somebody pulls plugs: afterwards every device has exactly one key. */
class BadDaysTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> SETTINGS =
      Map.of("OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1", "OTAKEY_EXCHANGE_GRANTSPERHOUR", "100000");

  @TempDir private Path folder;

  @Test
  void gatewayKilledAgainAndAgain_everyDeviceEnrollsExactlyOnce() throws Exception {
    int devices = Fleet.FULL ? 20_000 : 3000;
    int kills = Fleet.FULL ? 10 : 3;
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS)) {
      Fleet fleet = fleet(gateway, devices, Integer.toString(devices / (kills * 3)));
      CompletableFuture<Fleet.Outcome> running = fleet.start();
      for (int kill = 1; kill <= kills; kill++) {
        awaitEnrolled(gateway, (long) devices * kill / (kills + 2));
        gateway.kill();
        gateway.start();
      }
      expectAllEnrolledOnce(gateway, Fleet.join(running), devices);
    }
  }

  @Test
  void databaseStoppedAndStarted_everyDeviceEnrollsExactlyOnce() throws Exception {
    int devices = Fleet.FULL ? 20_000 : 3000;
    int crashes = Fleet.FULL ? 5 : 2;
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS)) {
      Fleet fleet = fleet(gateway, devices, Integer.toString(devices / (crashes * 4)));
      CompletableFuture<Fleet.Outcome> running = fleet.start();
      for (int crash = 1; crash <= crashes; crash++) {
        awaitEnrolled(gateway, (long) devices * crash / (crashes + 2));
        ProcessHandle postgres = gateway.postgres();
        if (crash % 2 == 1) {
          postgres.destroyForcibly(); // SIGKILL, as when memory ran out
        } else {
          postgres.destroy(); // SIGTERM, as on shutdown
        }
        postgres.onExit().get(60, TimeUnit.SECONDS);
      }
      expectAllEnrolledOnce(gateway, Fleet.join(running), devices);
      assertThat(Files.readString(gateway.log())).contains("starting it again");
    }
  }

  @Test
  void framesLostDoubledAndReordered_everyDeviceEnrollsExactlyOnce() throws Exception {
    int devices = Fleet.FULL ? 20_000 : 2000;
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS)) {
      Path bundle = gateway.createProduct("demo");
      Fleet fleet =
          new Fleet(
              gateway,
              bundle,
              folder.resolve("result.json"),
              devices,
              "--rate=500",
              "--drop=0.3",
              "--duplicate=0.3",
              "--reorder=0.3",
              "--time-scale=0.01",
              "--answer-within=1000",
              "--rotate=1",
              "--timeout=240");
      Fleet.Outcome outcome = fleet.run();
      assertThat(outcome.result().toPrettyString()).isNotEmpty();
      assertThat(outcome.count("enrolled")).isEqualTo(devices);
      assertThat(outcome.count("proven")).isEqualTo(devices);
      assertThat(outcome.count("bricked")).isZero();
      assertThat(rows(gateway)).hasSize(devices).allMatch(row -> row.get("epoch").asInt() >= 2);
    }
  }

  private Fleet fleet(GatewayProcess gateway, int devices, String rate) throws Exception {
    Path bundle = gateway.createProduct("demo");
    return new Fleet(
        gateway,
        bundle,
        folder.resolve("result.json"),
        devices,
        "--rate=" + rate,
        "--time-scale=0.02",
        "--answer-within=3000",
        "--timeout=240");
  }

  /** Waits until the gateway has committed so many keys, as its own metrics tell. */
  private static void awaitEnrolled(GatewayProcess gateway, long devices) throws Exception {
    GatewayProcess.await(
        devices + " enrolled devices",
        () -> {
          try {
            return rows(gateway).size() >= devices;
          } catch (Exception | AssertionError e) {
            return false; // it is just being restarted, or its database is
          }
        });
  }

  private static void expectAllEnrolledOnce(
      GatewayProcess gateway, Fleet.Outcome outcome, int devices) throws Exception {
    assertThat(outcome.count("enrolled")).isEqualTo(devices);
    assertThat(outcome.count("proven")).isEqualTo(devices);
    assertThat(outcome.count("bricked")).isZero();
    assertThat(outcome.exitCode()).isZero();
    List<JsonNode> rows = rows(gateway);
    assertThat(rows).hasSize(devices);
    assertThat(rows).allMatch(row -> row.get("status").asText().equals("active"));
    assertThat(rows).as("committed exactly once").allMatch(row -> row.get("epoch").asInt() == 1);
    assertThat(Files.readString(gateway.log())).as("no bug on the way").doesNotContain("a bug");
  }

  private static List<JsonNode> rows(GatewayProcess gateway) throws Exception {
    return gateway
        .call("GET", "/devices/export?product=demo&format=ndjson", "")
        .lines()
        .map(
            line -> {
              try {
                return JSON.readTree(line);
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            })
        .toList();
  }
}
