package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fleet enrolls while somebody pulls plugs: afterwards every device has exactly one key. */
class BadDaysTest {
  private static final int SIGTERM_EXIT = 128 + 15;
  private static final Map<String, String> SETTINGS =
      Map.of("OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1", "OTAKEY_EXCHANGE_GRANTSPERHOUR", "100000");

  @TempDir private Path folder;

  @Test
  void gatewayKilledAgainAndAgain_everyDeviceEnrollsExactlyOnce() throws Exception {
    int devices = Fleet.FULL ? 20_000 : 600;
    int kills = Fleet.FULL ? 10 : 2;
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS)) {
      Path bundle = gateway.createProduct("demo");
      CompletableFuture<Fleet.Outcome> running = fleet(gateway, bundle, devices).start();
      for (int kill = 1; kill <= kills; kill++) {
        gateway.awaitDevices((long) devices * kill / (kills + 2));
        Witnesses witnesses = Witnesses.start(gateway, bundle, "kill-" + kill);
        List<ProcessHandle> frozen = freezeDatabase(gateway);
        GatewayProcess.await(
            "unfinished commits",
            () -> gateway.gauge("otakey_resource_used", "\"frames\"") >= Witnesses.COUNT);
        gateway.kill();
        for (ProcessHandle process : frozen) {
          GatewayProcess.signal("CONT", process);
        }
        gateway.start();
        witnesses.expectAllCommitted(gateway);
      }
      expectAllEnrolledOnce(gateway, Fleet.join(running), devices);
    }
  }

  @Test
  void databaseStoppedAndStarted_everyDeviceEnrollsExactlyOnce() throws Exception {
    int devices = Fleet.FULL ? 20_000 : 600;
    int crashes = Fleet.FULL ? 6 : 2;
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS)) {
      Path bundle = gateway.createProduct("demo");
      CompletableFuture<Fleet.Outcome> running = fleet(gateway, bundle, devices).start();
      for (int crash = 1; crash <= crashes; crash++) {
        gateway.awaitDevices((long) devices * crash / (crashes + 2));
        ProcessHandle postgres = gateway.postgres();
        if (crash % 2 == 1) {
          GatewayProcess.signal("KILL", postgres); // as when memory ran out
        } else {
          GatewayProcess.signal("INT", postgres); // a fast shutdown
        }
        GatewayProcess.awaitEnd(postgres);
      }
      expectAllEnrolledOnce(gateway, Fleet.join(running), devices);
      assertThat(Files.readString(gateway.log())).contains("starting it again");
    }
  }

  @Test
  void framesLostDoubledAndReordered_everyDeviceEnrollsExactlyOnce() throws Exception {
    int devices = Fleet.FULL ? 20_000 : 300;
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS)) {
      Fleet fleet =
          new Fleet(
              gateway,
              gateway.createProduct("demo"),
              folder.resolve("result.json"),
              devices,
              "--rate=" + (Fleet.FULL ? 500 : 200),
              "--drop=0.3",
              "--duplicate=0.3",
              "--reorder=0.3",
              "--time-scale=0.0005",
              "--answer-within=400",
              "--rotate=1",
              "--timeout=120");
      Fleet.Outcome outcome = fleet.run();
      expectAllProven(outcome, devices);
      assertThat(gateway.devices()).hasSize(devices).allMatch(row -> row.get("epoch").asInt() >= 2);
    }
  }

  @Test
  void gatewayStoppedUnderLoad_everyAnsweredConfirmIsDurable() throws Exception {
    int devices = Fleet.FULL ? 20_000 : 600;
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS)) {
      Path bundle = gateway.createProduct("demo");
      CompletableFuture<Fleet.Outcome> running = fleet(gateway, bundle, devices).start();
      gateway.awaitDevices(devices / 3);
      ProcessHandle postgres = gateway.postgres();
      Witnesses witnesses = Witnesses.start(gateway, bundle, "stop");
      long before = System.nanoTime();
      assertThat(gateway.terminate()).as("ended by SIGTERM, tidily").isEqualTo(SIGTERM_EXIT);
      assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(20));
      GatewayProcess.awaitEnd(postgres);
      assertThat(folder.resolve("endpoints.json")).as("it still says ready").doesNotExist();
      assertThat(gateway.complaints()).isEmpty();
      gateway.start();
      witnesses.expectAllCommitted(gateway);
      expectAllEnrolledOnce(gateway, Fleet.join(running), devices);
    }
  }

  /** Lets commits pile up, so that a kill finds some that are half done. */
  private static List<ProcessHandle> freezeDatabase(GatewayProcess gateway) throws Exception {
    ProcessHandle postgres = gateway.postgres();
    GatewayProcess.signal("STOP", postgres); // it makes no more children
    List<ProcessHandle> frozen = Stream.concat(Stream.of(postgres), postgres.children()).toList();
    for (ProcessHandle process : frozen) {
      GatewayProcess.signal("STOP", process);
    }
    return frozen;
  }

  /** Waits are scaled down, or a few unlucky devices would back off for minutes. */
  private Fleet fleet(GatewayProcess gateway, Path bundle, int devices) {
    return new Fleet(
        gateway,
        bundle,
        folder.resolve("result.json"),
        devices,
        "--rate=" + (Fleet.FULL ? 300 : 150),
        "--time-scale=0.001",
        "--answer-within=3000",
        "--timeout=120");
  }

  private static void expectAllProven(Fleet.Outcome outcome, int devices) {
    assertThat(outcome.count("enrolled")).isEqualTo(devices);
    assertThat(outcome.count("proven")).isEqualTo(devices);
    assertThat(outcome.count("bricked")).isZero();
    assertThat(outcome.exitCode()).isZero();
  }

  private static void expectAllEnrolledOnce(
      GatewayProcess gateway, Fleet.Outcome outcome, int devices) throws Exception {
    expectAllProven(outcome, devices);
    List<JsonNode> rows =
        gateway.devices().stream()
            .filter(row -> !row.get("deviceId").asText().startsWith(Witnesses.PREFIX))
            .toList();
    assertThat(rows).hasSize(devices);
    assertThat(rows).allMatch(row -> row.get("status").asText().equals("active"));
    assertThat(rows).as("committed exactly once").allMatch(row -> row.get("epoch").asInt() == 1);
    assertThat(Files.readString(gateway.log())).as("no bug on the way").doesNotContain("a bug");
  }
}
