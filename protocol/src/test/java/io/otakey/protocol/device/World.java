package io.otakey.protocol.device;

import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken.Kind;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Token;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One device, one row, and a network that loses, delays, repeats and reorders: every frame ever
 * sent may arrive again at any time, at either end. Power may fail at every flash operation, an
 * operator acts, holders of superseded keys send what they like, and one commit may be lost in a
 * fail-over. The invariants are asserted all along.
 */
final class World {
  private static final DeviceRef REF = new DeviceRef(SimGateway.PRODUCT, "device-1");
  private static final long DAY = 86_400_000;

  private final Random random;
  private final Seeded seeded;
  private final SimGateway gateway;
  private final CutFlash flash;
  private final Device device;
  private final Invariants invariants;
  private final Operator operator;
  private final List<byte[]> toGateway = new ArrayList<>();
  private final List<byte[]> toDevice = new ArrayList<>();
  private final Map<Token, KeyRef> stored = new HashMap<>();
  private final Map<Class<?>, Integer> events = new HashMap<>();
  private final StringBuilder trace = new StringBuilder();
  private long now;
  private long nextAt;
  private @Nullable DeviceRow beforeCommit;
  private boolean failedOver;

  World(long seed, Seeded seeded) {
    this.random = new Random(seed);
    this.seeded = seeded;
    ToyX25519 x25519 = new ToyX25519(seed);
    this.gateway = new SimGateway(x25519, random, seeded);
    this.flash = new CutFlash(random);
    Firmware firmware =
        new Firmware(
            SimGateway.PRODUCT,
            1,
            new FrameKey(gateway.productKey.copy()),
            List.of(gateway.gatewayKey()),
            List.of("a.example", "b.example"),
            "sim 1",
            Set.of("mqtt"));
    Environment environment = new Environment(x25519, random, new Timing(1, 5_000));
    Flash wired = new FaultyFlash(flash, seeded);
    this.device = new Device(REF, firmware, environment, wired, this::on);
    this.invariants = new Invariants(REF, gateway, flash);
    this.operator = new Operator(gateway, REF, seeded);
    gateway.watch(
        (key, asked, verdict) -> {
          noteWrite(key, verdict.commits());
          invariants.decided(key, asked, verdict);
        });
    flash.whenCut(new MarkerLimits(flash, REF, invariants::isCommittable)::keep);
    flash.watch(invariants::neverBricked);
    device.powerOn(0);
  }

  /** Takes so many random actions. */
  void walk(int actions) {
    try {
      for (int i = 0; i < actions; i++) {
        act(random.nextInt(100));
        invariants.neverBricked();
      }
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + trace, e);
    }
  }

  private void note(String what) {
    trace.append("\n  ").append(now / 1000).append("s ").append(what);
  }

  private void act(int dice) {
    if (dice < 45) {
      deviceActs(random.nextInt(10) < 7);
    } else if (dice < 55) {
      pick(toGateway).ifPresent(frame -> reachesGateway(frame, random.nextBoolean()));
    } else if (dice < 64) {
      pick(toDevice).ifPresent(this::reachesDevice);
    } else if (dice < 69) {
      flash.cutSoon(70);
    } else if (dice < 72) {
      powerFails();
    } else if (dice < 79) {
      device.orderRotation(now);
      nextAt = Math.min(nextAt, now);
    } else if (dice < 82) {
      blackout();
    } else if (dice < 84) {
      reachesDevice(forgedError());
    } else if (dice < 86) {
      push();
    } else if (dice < 94) {
      operatorActs();
    } else if (dice < 98) {
      holderOfSupersededKeyActs();
    } else {
      failOver();
    }
  }

  // ---- device

  private void deviceActs(boolean arrives) {
    now = Math.max(now, nextAt);
    guarded(() -> handle(device.step(now), arrives));
  }

  private void handle(Step step, boolean arrives) {
    if (step instanceof Step.Send send) {
      nextAt = now;
      toGateway.add(send.frame());
      if (Shown.decode(send.frame()) instanceof ConfirmRequest confirm) {
        stored.put(confirm.key().token(), confirm.key()); // also if a cut kept its event away
      }
      note("device sends " + Shown.request(send.frame()) + (arrives ? "" : ", lost"));
      if (arrives) {
        reachesGateway(send.frame(), true);
      }
    } else if (step instanceof Step.WaitUntil wait) {
      nextAt = wait.time();
    } else if (step instanceof Step.LogIn) {
      LoginResult result = any(LoginResult.values());
      note("login " + result);
      handle(device.onLogin(now, result), arrives);
    }
  }

  private void reachesDevice(byte[] frame) {
    guarded(
        () -> {
          note("reaches device: " + Shown.answer(frame));
          seededWipe(frame);
          handle(device.onFrame(now, frame), random.nextBoolean());
        });
  }

  private void guarded(Runnable deviceRuns) {
    try {
      deviceRuns.run();
    } catch (CutFlash.PowerCut e) {
      powerFails();
    }
  }

  private void powerFails() {
    now += random.nextInt(100_000);
    nextAt = now;
    note("power cut");
    while (true) {
      try {
        flash.powerOn();
        if (random.nextInt(4) == 0) {
          flash.cutSoon(30);
        }
        device.powerOn(now);
        return;
      } catch (CutFlash.PowerCut e) {
        now += 1;
      }
    }
  }

  /** Nothing arrives for up to nine days. */
  private void blackout() {
    long end = now + (1 + random.nextInt(9)) * DAY;
    for (int i = 0; i < 400 && now < end; i++) {
      deviceActs(false);
    }
  }

  /** How often each kind of event happened. */
  Map<Class<?>, Integer> events() {
    return events;
  }

  private void on(DeviceEvent event) {
    events.merge(event.getClass(), 1, Integer::sum);
    note("  " + event);
    if (event instanceof DeviceEvent.Stored grant) {
      forgetCommitsOfLostRecords();
      stored.put(grant.key().token(), grant.key());
    }
  }

  /**
   * A third record over the older of two unconfirmed ones is stored after a week of silence only;
   * that a CONFIRM held back for longer may then do harm is a limit that section 1 names.
   */
  private void forgetCommitsOfLostRecords() {
    Slots slots = new Slots(flash);
    toGateway.removeIf(
        frame -> {
          if (!(Shown.decode(frame) instanceof ConfirmRequest confirm)) {
            return false;
          }
          boolean held = false;
          for (int slot = 0; slot < Flash.SLOTS; slot++) {
            held |= slots.exists(slot) && slots.read(slot).token().equals(confirm.key().token());
          }
          Optional<Token> committed = gateway.row(REF).token();
          return !held
              && Invariants.kind(confirm.key().token()) == Kind.ENROLL
              && slots.survey().current() == Slots.NONE
              && !committed.equals(Optional.of(confirm.key().token()));
        });
  }

  // ---- gateway

  private void reachesGateway(byte[] frame, boolean answerArrives) {
    DeviceRow before = gateway.row(REF);
    byte[] answer = gateway.answer(frame);
    note("reaches gateway: " + Shown.request(frame) + " -> " + Shown.answer(answer));
    if (!before.equals(gateway.row(REF)) && !(Shown.decode(frame) instanceof ConfirmRequest)) {
      noteOtherWrite(before);
    }
    invariants.answered(frame, before, answer);
    invariants.neverBricked();
    toDevice.add(answer);
    if (answerArrives) {
      reachesDevice(answer);
    }
  }

  private void push() {
    gateway.notice(any(Action.values()));
    for (KeyRef key : stored.values()) {
      try (FrameKey frameKey = gateway.keyOf(key)) {
        toDevice.add(frameKey.push(Answer.Notice.covered(key.epoch(), Action.ROTATE, 60)));
      }
    }
  }

  private byte[] forgedError() {
    byte[] plain = Answer.Refused.covered(any(Refusal.values()), 60);
    if (random.nextBoolean()) {
      return plain;
    }
    byte[] withMac = java.util.Arrays.copyOf(plain, plain.length + 16);
    withMac[plain.length] = (byte) random.nextInt();
    return withMac;
  }

  private void operatorActs() {
    Optional<Token> token = gateway.row(REF).token();
    DeviceRow before = gateway.row(REF);
    switch (random.nextInt(8)) {
      case 0 -> operator.block(true);
      case 1, 2 -> operator.block(false);
      case 3 -> operator.reset();
      case 4 -> operator.withdrawReset();
      case 5 -> {
        if (random.nextInt(3) == 0 && operator.newOwner()) {
          invariants.rowLeft(token);
        }
      }
      case 6 -> operator.approve(true);
      default -> operator.approve(false);
    }
    note("operator: " + gateway.row(REF) + (gateway.isBarred(REF) ? " barred" : ""));
    noteOtherWrite(before);
  }

  private void holderOfSupersededKeyActs() {
    for (KeyRef key : stored.values()) {
      if (!invariants.superseded().contains(key.token()) || failedOver) {
        continue;
      }
      try (FrameKey frameKey = gateway.keyOf(key)) {
        DeviceRow before = gateway.row(REF);
        gateway.answer(
            frameKey.request(ConfirmRequest.covered(key, ConfirmRequest.Outcome.STORED)));
        gateway.answer(frameKey.request(PollRequest.covered(key, new byte[8])));
        for (Token token : stored.keySet()) {
          gateway.answer(
              frameKey.request(
                  AbandonRequest.covered(key, token, AbandonRequest.Reason.NOT_ACKNOWLEDGED)));
        }
        invariants.unchanged(before, "the holder of a superseded key");
      }
    }
  }

  // ---- a commit lost in a fail-over, once; not one of the limits that section 1 names

  private void noteWrite(KeyRef key, boolean commits) {
    if (!commits) {
      return;
    }
    DeviceRow before = gateway.row(REF);
    boolean eligible =
        Invariants.kind(key.token()) == Kind.ROTATE || before.status() == RowStatus.NONE;
    boolean sibling =
        stored.values().stream()
            .anyMatch(
                other ->
                    !other.equals(key)
                        && other.epoch() == key.epoch()
                        && Invariants.kind(other.token()) == Kind.ENROLL
                        && Invariants.kind(key.token()) == Kind.ENROLL);
    beforeCommit = eligible && !sibling ? before : null;
  }

  private void noteOtherWrite(DeviceRow before) {
    boolean same = before.equals(gateway.row(REF));
    if (!same && beforeCommit != null && !before.equals(beforeCommit)) {
      beforeCommit = null;
    }
  }

  private void failOver() {
    if (beforeCommit != null && !failedOver) {
      gateway.rows.put(REF, beforeCommit);
      failedOver = true;
      note("fail-over to " + beforeCommit);
      invariants.commitLost();
    }
    beforeCommit = null;
  }

  // ---- calm

  /** No more trouble: device and row must come to one confirmed key. */
  void calmDown() {
    operator.block(false);
    gateway.notice(Action.NONE);
    flash.cutNoMore();
    for (int i = 0; i < 5_000; i++) {
      deviceActs(true);
      if (isAtPeace()) {
        return;
      }
    }
    throw new AssertionError(
        "no end: row " + gateway.row(REF) + ", device " + device.currentKey() + trace);
  }

  private boolean isAtPeace() {
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

  // ---- seeded faults of the device

  private void seededWipe(byte[] frame) {
    Slots slots = new Slots(flash);
    int unfinished = slots.survey().unfinished();
    boolean unproven = frame.length == 6 && frame[0] == Answer.ERROR;
    if (seeded == Seeded.UNPROVEN_ERROR_WIPES && unproven && unfinished != Slots.NONE) {
      slots.wipe(unfinished);
      device.powerOn(now);
    }
  }

  private <T> T any(T[] values) {
    return values[random.nextInt(values.length)];
  }

  private Optional<byte[]> pick(List<byte[]> frames) {
    return frames.isEmpty()
        ? Optional.empty()
        : Optional.of(frames.get(random.nextInt(frames.size())));
  }
}
