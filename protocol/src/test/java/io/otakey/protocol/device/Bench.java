package io.otakey.protocol.device;

import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.RequestType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** One device and its gateway on a table: a network that does what the test says. */
final class Bench {
  static final DeviceRef REF = new DeviceRef(SimGateway.PRODUCT, "device-1");

  private final Firmware firmware;
  private final Environment environment;
  final SimGateway gateway;
  final CutFlash flash;
  final Device device;
  final Invariants invariants;
  final Presented presented;
  final MarkerLimits limits;
  final List<DeviceEvent> events = new ArrayList<>();

  /** Every request that the device sent, with the time. */
  final List<Sent> sent = new ArrayList<>();

  LoginResult login = LoginResult.ACCEPTED;
  int logins;
  long now;

  Network network = (request, gateway) -> Optional.of(gateway.get());

  /** Carries a request to the gateway, or not, and some answer back, or none. */
  interface Network {
    Optional<byte[]> carry(Sent request, Supplier<byte[]> gateway);
  }

  record Sent(long at, RequestType type, byte[] frame, String address) {}

  Bench(long seed) {
    this(seed, List.of("a.example"), new Timing(1, 5_000), Seeded.NOTHING);
  }

  Bench(long seed, Seeded seeded) {
    this(seed, List.of("a.example"), new Timing(1, 5_000), seeded);
  }

  Bench(long seed, List<String> addresses, Timing timing) {
    this(seed, addresses, timing, Seeded.NOTHING);
  }

  private Bench(long seed, List<String> addresses, Timing timing, Seeded seeded) {
    Random random = new Random(seed);
    ToyX25519 x25519 = new ToyX25519(seed);
    gateway = new SimGateway(x25519, random, seeded);
    gateway.move(SimGateway.Moves.NEVER);
    flash = new CutFlash(random);
    firmware =
        new Firmware(
            SimGateway.PRODUCT,
            1,
            new FrameKey(gateway.productKey.copy()),
            List.of(gateway.gatewayKey()),
            addresses,
            "bench 1",
            Set.of("mqtt"));
    environment = new Environment(x25519, random, timing);
    device = new Device(REF, firmware, environment, new FaultyFlash(flash, seeded), this::on);
    invariants = new Invariants(REF, gateway, flash);
    presented = new Presented(flash);
    limits = new MarkerLimits(flash, REF, invariants::isCommittable);
    flash.whenCut(limits::keep);
    device.powerOn(0);
  }

  /** Enrolls another device of this firmware and forgets everything but the device itself. */
  Device enrollAnother(String deviceId) {
    DeviceRef ref = new DeviceRef(SimGateway.PRODUCT, deviceId);
    Device another = new Device(ref, firmware, environment, new HeapFlash(), event -> {});
    another.powerOn(0);
    Step step = another.step(0);
    while (step instanceof Step.Send send) {
      step = another.onFrame(0, gateway.answer(send.frame()));
    }
    gateway.rows.remove(ref);
    gateway.granted.clear();
    return another;
  }

  /** Runs until the device has nothing to do before the time. */
  void runUntil(long end) {
    Step step = device.step(now);
    while (true) {
      if (step instanceof Step.WaitUntil wait) {
        if (wait.time() > end) {
          now = end;
          return;
        }
        now = Math.max(now, wait.time());
        step = device.step(now);
      } else {
        step = obey(step);
      }
    }
  }

  /** Runs until device and row agree on a confirmed key and nothing else is under way. */
  void runToPeace() {
    Step step = device.step(now);
    for (int i = 0; i < 10_000; i++) {
      if (isAtPeace() && step instanceof Step.WaitUntil) {
        return;
      }
      if (step instanceof Step.WaitUntil wait) {
        now = Math.max(now, wait.time());
        step = device.step(now);
      } else {
        step = obey(step);
      }
    }
    throw new AssertionError("no end: " + gateway.row(REF) + " " + device.currentKey());
  }

  private void on(DeviceEvent event) {
    events.add(event);
    presented.on(event);
  }

  private Step obey(Step step) {
    if (step instanceof Step.Send send) {
      Sent request = new Sent(now, send.type(), send.frame(), send.address());
      sent.add(request);
      return network
          .carry(request, () -> gateway.answer(send.frame()))
          .map(answer -> device.onFrame(now, answer))
          .orElseGet(() -> device.step(now));
    }
    logins++;
    return device.onLogin(now, login);
  }

  /** An ERROR to the request with the mac that the gateway would make. */
  byte[] proven(Sent request, Refusal code, long retryAfter) {
    try {
      Request.Keyed keyed = (Request.Keyed) Request.decode(request.frame());
      try (FrameKey key = gateway.keyOf(keyed.key())) {
        return key.answer(Answer.Refused.covered(code, retryAfter), keyed.proof());
      }
    } catch (MalformedFrameException e) {
      throw new AssertionError("a device sent a malformed frame", e);
    }
  }

  /** Milliseconds between one sending of a type and the next. */
  List<Long> gaps(RequestType type) {
    List<Long> times = sent.stream().filter(s -> s.type() == type).map(Sent::at).toList();
    return IntStream.range(1, times.size()).mapToObj(i -> times.get(i) - times.get(i - 1)).toList();
  }

  /** The power comes back after a cut, or is cut by this very call. */
  void powerCycle() {
    flash.powerOn();
    device.powerOn(now);
  }

  boolean isAtPeace() {
    DeviceRow row = gateway.row(REF);
    Optional<KeyRef> current = device.currentKey();
    Slots slots = new Slots(flash);
    return device.isSettled()
        && current.isPresent()
        && row.status() == RowStatus.ACTIVE
        && row.epoch() == current.get().epoch()
        && row.token().equals(current.map(KeyRef::token))
        && !(slots.exists(0) && slots.exists(1));
  }

  long count(RequestType type) {
    return sent.stream().filter(s -> s.type() == type).count();
  }

  <T extends DeviceEvent> List<T> events(Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }
}
