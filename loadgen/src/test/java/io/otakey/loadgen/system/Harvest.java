package io.otakey.loadgen.system;

import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.device.VirtualDevice;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.device.Timing;
import io.otakey.protocol.wire.DeviceRef;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Frames of real devices, each of which enrolls, polls and rotates on the way. */
final class Harvest {
  private final GatewayProcess gateway;
  private final Firmware firmware;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Environment environment =
      new Environment(X25519.choose().x25519(), new SplittableRandom(1), new Timing(0.001, 10_000));
  private final List<byte[]> frames = new ArrayList<>();

  private Harvest(GatewayProcess gateway, Firmware firmware) {
    this.gateway = gateway;
    this.firmware = firmware;
  }

  /** ENROLL, CONFIRM, POLL, ROTATE and CONFIRM of so many devices. */
  static List<byte[]> of(GatewayProcess gateway, Path bundle, int devices) throws Exception {
    Harvest harvest = new Harvest(gateway, Bundle.read(bundle));
    for (int i = 0; i < devices; i++) {
      VirtualDevice device =
          new VirtualDevice(
              new DeviceRef(harvest.firmware.productId(), "harvest-" + i),
              harvest.firmware,
              harvest.environment,
              (type, code) -> {});
      for (Goal goal : List.of(Goal.ENROLL, Goal.PROVE, Goal.ROTATE)) {
        harvest.reach(device, goal);
      }
    }
    return harvest.frames;
  }

  private void reach(VirtualDevice device, Goal goal) throws Exception {
    Step step = device.begin(goal, now());
    while (!device.isReached()) {
      if (device.isHopeless()) {
        throw new AssertionError("a device cannot " + goal);
      }
      if (step instanceof Step.Send send) {
        frames.add(send.frame());
        step = device.onFrame(now(), post(send.frame()));
      } else if (step instanceof Step.WaitUntil wait) {
        TimeUnit.MILLISECONDS.sleep(Math.max(1, wait.time() - now()));
        step = device.step(now());
      } else {
        step = device.onLogin(now());
      }
    }
  }

  private byte[] post(byte[] frame) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + gateway.port("http") + "/otakey/1");
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/vnd.otakey")
            .POST(HttpRequest.BodyPublishers.ofByteArray(frame))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
