package io.otakey.gateway.exchange;

import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Device;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.HeapFlash;
import io.otakey.protocol.device.LoginResult;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.device.Timing;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.DeviceRef;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** A device under examination: what it does is looked at from outside only. */
interface RuledDevice {
  /** What it does when something is due: a frame, or a login that it began, or it waits. */
  record Move(Optional<byte[]> frame, boolean login, long next) {}

  /** Another device, blank, and its first power-on. */
  Move begin(long now);

  Move step(long now);

  Move frame(long now, byte[] frame);

  Move login(long now, boolean works);

  /** The power goes off and on; memory survives. */
  Move powerOn(long now);

  /** The one in Java. */
  final class InJava implements RuledDevice {
    private final DeviceRef ref;
    private final Firmware firmware;
    private final Environment environment;
    private Device device;

    InJava(DeviceRef ref, FrameKey productKey, GatewayKey gatewayKey, X25519 curve) {
      this.ref = ref;
      this.firmware =
          new Firmware(
              ref.productId(),
              1,
              productKey,
              List.of(gatewayKey),
              List.of("a.example", "b.example"),
              "walk 1",
              Set.of("mqtt"));
      this.environment = new Environment(curve, new Random(1), new Timing(1, 5_000));
      this.device = fresh();
    }

    private Device fresh() {
      return new Device(ref, firmware, environment, new HeapFlash(), event -> {});
    }

    private static Move move(Step step, long now) {
      if (step instanceof Step.Send send) {
        return new Move(Optional.of(send.frame()), false, now);
      }
      return step instanceof Step.WaitUntil wait
          ? new Move(Optional.empty(), false, wait.time())
          : new Move(Optional.empty(), true, now);
    }

    @Override
    public Move begin(long now) {
      device = fresh();
      return powerOn(now);
    }

    @Override
    public Move step(long now) {
      return move(device.step(now), now);
    }

    @Override
    public Move frame(long now, byte[] frame) {
      return move(device.onFrame(now, frame), now);
    }

    @Override
    public Move login(long now, boolean works) {
      return move(device.onLogin(now, works ? LoginResult.ACCEPTED : LoginResult.REFUSED), now);
    }

    @Override
    public Move powerOn(long now) {
      device.powerOn(now);
      return move(device.step(now), now);
    }
  }

  /** The one in C. */
  final class InC implements RuledDevice {
    private final WalkedDevice device;
    private final DeviceRef ref;
    private final FrameKey productKey;
    private final GatewayKey gatewayKey;

    InC(WalkedDevice device, DeviceRef ref, FrameKey productKey, GatewayKey gatewayKey) {
      this.device = device;
      this.ref = ref;
      this.productKey = productKey;
      this.gatewayKey = gatewayKey;
    }

    private Move ask(String command, long now) {
      WalkedDevice.Said said = device.ask(command);
      boolean acts = said.login() || said.sent().isPresent();
      return new Move(said.sent(), said.login(), acts ? now : said.next());
    }

    @Override
    public Move begin(long now) {
      device.begin(now, ref, productKey.secret().expose(), gatewayKey.id(), gatewayKey.publicKey());
      return powerOn(now);
    }

    @Override
    public Move step(long now) {
      return ask("step " + now, now);
    }

    @Override
    public Move frame(long now, byte[] frame) {
      return ask("frame " + now + " " + HexFormat.of().formatHex(frame), now);
    }

    @Override
    public Move login(long now, boolean works) {
      return ask("login " + now + (works ? " 0" : " 1"), now);
    }

    @Override
    public Move powerOn(long now) {
      device.ask("on " + now + " 1");
      return step(now);
    }
  }
}
