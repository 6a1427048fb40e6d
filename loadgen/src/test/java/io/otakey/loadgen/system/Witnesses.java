package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.protocol.device.Firmware;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Devices that enroll one after the other, and remember who saw the ACK. They never send a POLL,
 * which would make good for a commit that was lost: what was acknowledged must be there without.
 */
final class Witnesses {
  static final String PREFIX = "witness-";

  /** So many at a time. */
  static final int COUNT = 24;

  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newFixedThreadPool(COUNT);

  /** Starts them; each ends when it loses the gateway. */
  static Witnesses start(GatewayProcess gateway, Path bundle, String name) throws Exception {
    Witnesses witnesses = new Witnesses();
    Firmware firmware = Bundle.read(bundle);
    for (int i = 0; i < COUNT; i++) {
      String prefix = PREFIX + name + "-" + i + "-";
      witnesses.threads.execute(() -> witnesses.enroll(gateway, firmware, prefix));
    }
    witnesses.threads.shutdown();
    GatewayProcess.await("ACKs", () -> witnesses.acknowledged.size() >= 2 * COUNT);
    return witnesses;
  }

  private void enroll(GatewayProcess gateway, Firmware firmware, String prefix) {
    try (Line line = Line.open(gateway, false)) {
      for (int i = 0; ; i++) {
        String id = prefix + i;
        new HonestDevice(firmware, id).reach(Goal.ENROLL, line);
        acknowledged.add(id);
      }
    } catch (IOException gone) {
      // as it should be
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Call it when the gateway that they knew is gone and another one runs. */
  void expectAllCommitted(GatewayProcess gateway) throws Exception {
    assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    Set<String> missing = new HashSet<>(acknowledged);
    gateway.devices().forEach(row -> missing.remove(row.get("deviceId").asText()));
    assertThat(missing).as("acknowledged, but not committed").isEmpty();
  }
}
