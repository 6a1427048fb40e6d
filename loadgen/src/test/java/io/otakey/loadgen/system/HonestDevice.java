package io.otakey.loadgen.system;

import io.otakey.loadgen.device.VirtualDevice;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.device.Timing;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.MalformedFrameException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** A device that is taken to its goals one step after the other, over a connection of the test. */
final class HonestDevice {
  private static final X25519 CURVE = X25519.choose().x25519();
  private static final Timing QUICK = new Timing(0.001, 10_000);

  private final VirtualDevice device;
  private final List<byte[]> sent = new ArrayList<>();

  HonestDevice(Firmware firmware, String id) {
    device =
        new VirtualDevice(
            new DeviceRef(firmware.productId(), id),
            firmware,
            new Environment(CURVE, new SplittableRandom(id.hashCode()), QUICK),
            (type, code) -> {});
  }

  /** ENROLL, CONFIRM, POLL, ROTATE and CONFIRM of so many devices. */
  static List<byte[]> frames(GatewayProcess gateway, Firmware firmware, int devices)
      throws IOException, InterruptedException {
    List<byte[]> frames = new ArrayList<>();
    try (Line line = Line.open(gateway, false)) {
      for (int i = 0; i < devices; i++) {
        HonestDevice device = new HonestDevice(firmware, "honest-" + i);
        device.reach(Goal.ENROLL, line);
        device.reach(Goal.PROVE, line);
        device.reach(Goal.ROTATE, line);
        frames.addAll(device.sent);
      }
    }
    return frames;
  }

  /** Whether its ENROLL is granted; it goes no further. */
  boolean isGranted(Line line) throws IOException, InterruptedException, MalformedFrameException {
    Step step = device.begin(Goal.ENROLL, now());
    while (step instanceof Step.WaitUntil wait) {
      TimeUnit.MILLISECONDS.sleep(Math.max(1, wait.time() - now()));
      step = device.step(now());
    }
    byte[] enroll = ((Step.Send) step).frame();
    return Answer.decode(line.ask(List.of(enroll)).get(0)) instanceof Answer.Grant;
  }

  /** Frames it sent so far. */
  int sent() {
    return sent.size();
  }

  /**
   * Returns once the goal is reached; fails when a connection does.
   *
   * @param lines each frame of this device, from its first on, goes over the next one
   */
  void reach(Goal goal, Line... lines) throws IOException, InterruptedException {
    Step step = device.begin(goal, now());
    while (!device.isReached()) {
      if (device.isHopeless()) {
        throw new AssertionError("a device cannot " + goal);
      }
      if (step instanceof Step.Send send) {
        Line line = lines[sent.size() % lines.length];
        sent.add(send.frame());
        step = device.onFrame(now(), line.ask(List.of(send.frame())).get(0));
      } else if (step instanceof Step.WaitUntil wait) {
        TimeUnit.MILLISECONDS.sleep(Math.max(1, wait.time() - now()));
        step = device.step(now());
      } else {
        step = device.onLogin(now());
      }
    }
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
