package io.otakey.loadgen.system;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database's disk, a small one in memory, fills up while devices enroll. */
class FullDiskTest {
  private static final int DISK_MEGABYTES = Fleet.FULL ? 512 : 160;

  @TempDir private Path folder;

  @BeforeAll
  static void checkMounts() throws Exception {
    int exit = new ProcessBuilder("unshare", "-r", "-m", "true").inheritIO().start().waitFor();
    assertThat(exit)
        .as(
            "this test mounts a small disk in a user namespace: allow 'unshare -r -m true'"
                + " (sysctl kernel.unprivileged_userns_clone=1, or a container with CAP_SYS_ADMIN)")
        .isZero();
  }

  @Test
  void diskFull_writesGetErrors8And9_andEverythingGoesOnWhenThereIsRoom() throws Exception {
    int devices = Fleet.FULL ? 20_000 : 1500;
    Path disk = Files.createDirectory(folder.resolve("disk"));
    try (GatewayProcess gateway = start(disk)) {
      CompletableFuture<Fleet.Outcome> running = fleet(gateway, devices).start();
      gateway.awaitDevices(devices / 5);

      Path filler = gateway.inside(disk.resolve("filler"));
      fill(filler);
      awaitRefusedConfirms(gateway);
      assertThat(running).as("nothing can be committed").isNotDone();

      GatewayProcess.signal("KILL", gateway.postgres());
      awaitRefusedConfirms(gateway);
      assertThat(gateway.isAlive()).isTrue();

      Files.delete(filler);
      Fleet.Outcome outcome = Fleet.join(running);
      assertThat(outcome.count("enrolled")).isEqualTo(devices);
      assertThat(outcome.count("proven")).isEqualTo(devices);
      assertThat(gateway.devices())
          .hasSize(devices)
          .as("committed exactly once")
          .allMatch(row -> row.get("epoch").asInt() == 1);
      assertThat(refusals(outcome)).isSubsetOf("8 busy", "9 internal").isNotEmpty();
      assertThat(Files.readString(gateway.log())).contains("starting it again");
      assertThat(gateway.complaints()).noneMatch(line -> line.startsWith("\tat "));
    }
  }

  private GatewayProcess start(Path disk) throws Exception {
    String mount =
        "mount -t tmpfs -o size=" + DISK_MEGABYTES + "m none " + disk + " && exec \"$@\"";
    return GatewayProcess.start(
        folder,
        Map.of(
            "OTAKEY_DATABASE_DATADIRECTORY", disk.resolve("database").toString(),
            "OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1",
            "OTAKEY_EXCHANGE_GRANTSPERHOUR", "100000"),
        List.of("unshare", "-r", "-m", "sh", "-c", mount, "sh"));
  }

  private Fleet fleet(GatewayProcess gateway, int devices) throws Exception {
    return new Fleet(
        gateway,
        gateway.createProduct("demo"),
        folder.resolve("result.json"),
        devices,
        "--rate=" + (Fleet.FULL ? 1000 : 200),
        "--time-scale=0.002",
        "--answer-within=4000",
        "--timeout=200");
  }

  /** Writes until nothing fits any more. */
  private static void fill(Path file) throws IOException {
    for (int size = 1 << 20; size >= 512; size /= 2) {
      byte[] block = new byte[size];
      try (OutputStream out = Files.newOutputStream(file, CREATE, APPEND)) {
        while (true) {
          out.write(block);
        }
      } catch (IOException full) {
        assertThat(full).hasMessageContaining("No space left");
      }
    }
  }

  /** From now on, 20 more are refused. */
  private static void awaitRefusedConfirms(GatewayProcess gateway) throws Exception {
    double before = refusedConfirms(gateway);
    GatewayProcess.await("refused CONFIRMs", () -> refusedConfirms(gateway) >= before + 20);
  }

  private static double refusedConfirms(GatewayProcess gateway) {
    String frames = "otakey_frames_seconds_count";
    return gateway.gauge(frames, "type=\"confirm\"", "outcome=\"busy\"")
        + gateway.gauge(frames, "type=\"confirm\"", "outcome=\"internal\"");
  }

  private static Set<String> refusals(Fleet.Outcome outcome) {
    Map<String, Long> all = new HashMap<>();
    for (JsonNode phase : outcome.result().get("phases")) {
      for (JsonNode frames : phase.get("frames")) {
        frames.get("refusals").properties().forEach(e -> all.merge(e.getKey(), 1L, Long::sum));
      }
    }
    return all.keySet();
  }
}
