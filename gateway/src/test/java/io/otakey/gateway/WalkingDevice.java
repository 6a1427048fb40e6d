package io.otakey.gateway;

import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Device;
import io.otakey.protocol.device.DeviceEvent;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.HeapFlash;
import io.otakey.protocol.device.LoginResult;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.device.Timing;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** The device of the protocol, with a clock that jumps to whatever it waits for. */
final class WalkingDevice {
  /** Takes a frame, gives its answer; empty if there is none. */
  interface Link {
    Optional<byte[]> send(byte[] frame) throws IOException, InterruptedException;
  }

  private final DeviceRef ref;
  private final Device device;
  private final List<KeyRef> confirmed = new ArrayList<>();
  private final List<byte[]> sent = new ArrayList<>();
  private long now;
  private int polled;
  private Step next = new Step.WaitUntil(0);

  WalkingDevice(DeviceRef ref, TestGateway gateway, Random random) {
    this.ref = ref;
    Firmware firmware =
        new Firmware(
            ref.productId(),
            1,
            FrameKey.shareable(gateway.productKey()),
            gateway.vault().gatewayKeys(),
            List.of("gateway"),
            "1",
            Set.of("mqtt"));
    X25519 curve = TestDevice.CURVE;
    this.device =
        new Device(
            ref,
            firmware,
            new Environment(curve, random, Timing.STANDARD),
            new HeapFlash(),
            this::on);
    device.powerOn(now);
  }

  private void on(DeviceEvent event) {
    if (event instanceof DeviceEvent.Enrolled enrolled) {
      confirmed.add(enrolled.key());
    } else if (event instanceof DeviceEvent.Rotated rotated) {
      confirmed.add(rotated.key());
    } else if (event instanceof DeviceEvent.Polled) {
      polled++;
    }
  }

  DeviceRef ref() {
    return ref;
  }

  /** Every key that it ever held confirmed, oldest first. */
  List<KeyRef> confirmed() {
    return List.copyOf(confirmed);
  }

  /** Every frame that it ever sent. */
  List<byte[]> sent() {
    return List.copyOf(sent);
  }

  Optional<KeyRef> key() {
    return device.currentKey();
  }

  boolean isSettled() {
    return device.isSettled();
  }

  int polled() {
    return polled;
  }

  void rotate() {
    if (!device.orderRotation(now)) {
      throw new AssertionError("nothing to rotate");
    }
  }

  void poll() {
    device.orderPoll(now);
  }

  /** Goes on until it has sent one frame and dealt with what came back. */
  void exchange(Link link) throws IOException, InterruptedException {
    Step step = next instanceof Step.WaitUntil ? device.step(now) : next;
    while (!(step instanceof Step.Send send)) {
      if (step instanceof Step.WaitUntil wait) {
        now = Math.max(now + 1, wait.time());
        step = device.step(now);
      } else {
        step = device.onLogin(now, LoginResult.ACCEPTED);
      }
    }
    sent.add(send.frame());
    Optional<byte[]> answer = link.send(send.frame());
    next = answer.isPresent() ? device.onFrame(now, answer.get()) : device.onLost(now);
  }

  /** Until it holds a confirmed key and no unfinished update. */
  void settle(Link link) throws IOException, InterruptedException {
    for (int i = 0; i < 200; i++) {
      if (device.isSettled()) {
        return;
      }
      exchange(link);
    }
    throw new AssertionError(ref + " does not settle");
  }
}
