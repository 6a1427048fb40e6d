package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.WalkedDevice.Held;
import io.otakey.gateway.exchange.WalkedDevice.Said;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Wanted;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Token;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * One device in C, one row, the gateway's exchange, and a network that loses, delays, repeats and
 * reorders: every frame ever sent may arrive again at any time, at either end. Power may fail at
 * every flash operation, nodes restart, an operator acts, holders of superseded keys send what they
 * like, and one commit may be lost in a fail-over. The rules are checked all along.
 */
final class Walk {
  private static final long DAY = 86_400_000;
  private static final int TEARS = 7;
  private static final OperatorAction[] ACTIONS = {
    OperatorAction.BLOCK,
    OperatorAction.UNBLOCK,
    OperatorAction.UNBLOCK,
    OperatorAction.RESET,
    OperatorAction.WITHDRAW_RESET,
    OperatorAction.APPROVE
  };

  /** What all walks of a run share. */
  record Installation(
      Vault vault,
      X25519 curve,
      byte[] source,
      Map<String, KeyRef> everyKey,
      WalkedDevice device) {}

  private final Random random;
  private final WalkFault fault;
  private final DeviceRef ref;
  private final WalkedDevice device;
  private final WalkRegistry registry;
  private final WalkNode node;
  private final WalkRules rules;
  private final List<byte[]> toGateway = new ArrayList<>();
  private final List<byte[]> toDevice = new ArrayList<>();
  private final Map<Token, Held> stored = new LinkedHashMap<>();
  private final StringBuilder trace = new StringBuilder();
  private byte[] asked = {};
  private List<List<Held>> views = List.of(List.of());
  private boolean settled;
  private boolean loginPending;
  private long now = 1000;
  private long nextAt;
  private Optional<OperatorAction.State> beforeCommit = Optional.empty();
  private boolean failedOver;

  Walk(long seed, WalkFault fault, Installation installation) {
    this.random = new Random(seed);
    this.fault = fault;
    this.ref = new DeviceRef(WalkNode.PRODUCT, "d" + Long.toHexString(seed));
    this.device = installation.device();
    this.registry = new WalkRegistry(() -> Instant.ofEpochMilli(now), fault);
    this.node =
        new WalkNode(
            installation.vault(),
            installation.curve(),
            installation.source(),
            registry,
            () -> now * 1_000_000,
            random);
    this.rules = new WalkRules(ref, registry, installation.everyKey());
    registry.watch(
        (use, what, verdict, after) -> {
          noteWrite(use, verdict.commits());
          rules.decides(use, what, verdict);
        });
    GatewayKey gatewayKey = installation.vault().gatewayKeys().get(0);
    FrameKey productKey =
        installation.vault().productKey(WalkNode.PRODUCT, 1, installation.source()).orElseThrow();
    device.begin(seed, ref, productKey.secret().expose(), gatewayKey.id(), gatewayKey.publicKey());
    ask("on %d 0".formatted(now));
  }

  /** Takes so many random actions, then lets everything calm down. */
  void run(int actions) {
    try {
      for (int i = 0; i < actions; i++) {
        act(random.nextInt(100));
        rules.neverBricked(views);
      }
      calmDown();
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
    } else if (dice < 54) {
      pick(toGateway).ifPresent(frame -> reachesGateway(frame, random.nextBoolean()));
    } else if (dice < 63) {
      pick(toDevice).ifPresent(this::reachesDevice);
    } else if (dice < 68) {
      device.ask(
          "cut %d %d"
              .formatted(random.nextInt(random.nextBoolean() ? 70 : 8), random.nextInt(TEARS)));
    } else if (dice < 71) {
      powerFails();
    } else if (dice < 77) {
      note("the application wants another key");
      hear("rotate %d".formatted(now));
    } else if (dice < 80) {
      blackout();
    } else if (dice < 82) {
      reachesDevice(forgedError());
    } else if (dice < 84) {
      push();
    } else if (dice < 92) {
      operatorActs();
    } else if (dice < 95) {
      holderOfSupersededKeyActs();
    } else if (dice < 98) {
      restart();
    } else {
      failOver();
    }
  }

  // ---- device

  private void deviceActs(boolean arrives) {
    now = Math.max(now, nextAt);
    Said said =
        loginPending
            ? ask("login %d %d".formatted(now, random.nextInt(3)))
            : ask("step %d".formatted(now));
    carry(said, arrives);
  }

  private void hear(String command) {
    carry(ask(command), random.nextBoolean());
  }

  private void carry(Said said, boolean arrives) {
    if (said.sent().isPresent()) {
      byte[] frame = said.sent().get();
      toGateway.add(frame);
      note("device sends " + shown(frame) + (arrives ? "" : ", lost"));
      if (arrives) {
        reachesGateway(frame, true);
      }
    }
  }

  /** A command, and what became of it; a cut ends with the power back. */
  private Said ask(String command) {
    if (command.startsWith("login")) {
      loginPending = false;
    }
    Said said = device.ask(command);
    see(said);
    if (said.cut()) {
      note("power cut in " + command.substring(0, Math.min(20, command.length())));
      powerFails();
      return new Said(true, 0, false, false, Optional.empty(), views);
    }
    said.sent().filter(WalkShown::opens).ifPresent(frame -> asked = frame);
    loginPending |= said.login();
    settled = said.settled();
    nextAt = said.next();
    return said;
  }

  private void see(Said said) {
    views = said.views();
    for (Held record : views.get(0)) {
      if (!stored.containsKey(record.key().token())) {
        note("  new in flash: " + record.key());
        forgetCommitsOfLostRecords();
        stored.put(record.key().token(), record);
        rules.stored(record, asked);
      }
    }
    rules.neverBricked(views);
  }

  /**
   * A third record over the older of two unconfirmed ones is stored after a week of silence only;
   * that a CONFIRM held back for longer may then do harm is a limit that section 1 names.
   */
  private void forgetCommitsOfLostRecords() {
    List<Held> held = views.get(0);
    boolean unconfirmed = held.stream().noneMatch(Held::confirmed);
    Optional<Token> committed = registry.row(ref).token();
    toGateway.removeIf(
        frame ->
            WalkRules.request(frame) instanceof ConfirmRequest confirm
                && held.stream().noneMatch(r -> r.key().token().equals(confirm.key().token()))
                && kind(confirm.key().token()) == GrantToken.Kind.ENROLL
                && unconfirmed
                && !committed.equals(Optional.of(confirm.key().token())));
  }

  private void reachesDevice(byte[] frame) {
    note("reaches device: " + WalkShown.answer(frame));
    hear("frame %d %s".formatted(now, HexFormat.of().formatHex(frame)));
  }

  private void powerFails() {
    now += random.nextInt(100_000);
    loginPending = false;
    note("power on");
    if (random.nextInt(4) == 0) {
      device.ask("cut %d %d".formatted(random.nextInt(30), random.nextInt(TEARS)));
    }
    ask("on %d %d".formatted(now, random.nextInt(2)));
  }

  /** Nothing arrives for up to nine days. */
  private void blackout() {
    long end = now + (1 + random.nextInt(9)) * DAY;
    for (int i = 0; i < 150 && now < end; i++) {
      deviceActs(false);
    }
  }

  // ---- gateway

  private void reachesGateway(byte[] frame, boolean answerArrives) {
    OperatorAction.State before = registry.state(ref);
    byte[] answer = node.answer(frame);
    note("reaches gateway: " + shown(frame) + " -> " + WalkShown.answer(answer) + " " + row());
    if (!before.equals(registry.state(ref))
        && !(WalkRules.request(frame) instanceof ConfirmRequest)) {
      noteOtherWrite(before);
    }
    rules.answered(frame, before.row(), answer);
    rules.neverBricked(views);
    toDevice.add(answer);
    if (answerArrives) {
      reachesDevice(answer);
    }
  }

  private void restart() {
    note("the node restarts");
    node.restart();
    if (fault == WalkFault.ACK_BEFORE_COMMIT && beforeCommit.isPresent()) {
      registry.put(ref, beforeCommit.get());
      beforeCommit = Optional.empty();
    }
  }

  private void push() {
    want();
    for (Held held : stored.values()) {
      try (FrameKey key = keyOf(held)) {
        toDevice.add(key.push(Answer.Notice.covered(held.key().epoch(), Answer.Action.ROTATE, 60)));
      }
    }
  }

  private void want() {
    OperatorAction.State state = registry.state(ref);
    if (state.row().status() != RowStatus.ACTIVE) {
      return;
    }
    Wanted wanted =
        switch (random.nextInt(3)) {
          case 0 -> Wanted.NOTHING;
          case 1 -> new Wanted(state.row().epoch() + 1, 0);
          default -> new Wanted(0, 1 + random.nextInt(WalkNode.CONNECTIONS));
        };
    note("wanted: " + wanted);
    registry.put(ref, new OperatorAction.State(state.row(), state.returnsTo(), wanted));
  }

  private byte[] forgedError() {
    Refusal[] codes = Refusal.values();
    byte[] plain = Answer.Refused.covered(codes[random.nextInt(codes.length)], 60);
    if (random.nextBoolean()) {
      return plain;
    }
    byte[] withMac = Arrays.copyOf(plain, plain.length + 16);
    withMac[plain.length] = (byte) random.nextInt();
    return withMac;
  }

  private void operatorActs() {
    OperatorAction.State before = registry.state(ref);
    int choice = random.nextInt(ACTIONS.length + 2);
    if (choice < ACTIONS.length) {
      note("operator: " + ACTIONS[choice] + " " + registry.act(ACTIONS[choice], ref));
    } else if (choice == ACTIONS.length) {
      boolean open = random.nextInt(3) > 0;
      note("operator: enrollments " + (open ? "open" : "closed"));
      node.open(open);
    } else if (random.nextInt(3) == 0 && registry.act(OperatorAction.REMOVE, ref)) {
      registry.act(OperatorAction.REOPEN, ref);
      rules.rowLeft(before.row().token());
      note("operator: removed, and expected for a new owner");
    }
    noteOtherWrite(before);
  }

  private void holderOfSupersededKeyActs() {
    List<Held> holders =
        stored.values().stream().filter(h -> rules.isSuperseded(h.key().token())).toList();
    for (Held held : holders) {
      try (FrameKey key = keyOf(held)) {
        DeviceRow before = registry.row(ref);
        node.answer(key.request(ConfirmRequest.covered(held.key(), ConfirmRequest.Outcome.STORED)));
        node.answer(key.request(PollRequest.covered(held.key(), new byte[8])));
        for (Token token : stored.keySet()) {
          node.answer(
              key.request(
                  AbandonRequest.covered(
                      held.key(), token, AbandonRequest.Reason.NOT_ACKNOWLEDGED)));
        }
        rules.unchanged(before, "the holder of a superseded key");
      }
    }
  }

  private static FrameKey keyOf(Held held) {
    return new FrameKey(Secret.adopt(HexFormat.of().parseHex(held.deviceKey())));
  }

  // ---- a commit lost in a fail-over, once; not one of the limits that section 1 names

  private void noteWrite(KeyUse use, boolean commits) {
    if (!commits) {
      return;
    }
    OperatorAction.State before = registry.state(ref);
    GrantToken.Kind kind = use.grant().kind();
    boolean eligible = kind == GrantToken.Kind.ROTATE || before.row().status() == RowStatus.NONE;
    boolean sibling =
        stored.values().stream()
            .map(Held::key)
            .anyMatch(
                other ->
                    !other.equals(use.key())
                        && other.epoch() == use.key().epoch()
                        && kind(other.token()) == GrantToken.Kind.ENROLL
                        && kind == GrantToken.Kind.ENROLL);
    beforeCommit = eligible && !sibling ? Optional.of(before) : Optional.empty();
  }

  private void noteOtherWrite(OperatorAction.State before) {
    boolean same = before.row().equals(registry.row(ref));
    if (!same && beforeCommit.filter(b -> !before.equals(b)).isPresent()) {
      beforeCommit = Optional.empty();
    }
  }

  private void failOver() {
    if (beforeCommit.isPresent() && !failedOver) {
      registry.put(ref, beforeCommit.get());
      failedOver = true;
      note("fail-over to " + row());
      rules.commitLost();
    }
    beforeCommit = Optional.empty();
  }

  // ---- calm

  /** No more trouble: device and row must come to one confirmed key. */
  private void calmDown() {
    note("calm");
    registry.act(OperatorAction.UNBLOCK, ref);
    node.open(true);
    OperatorAction.State state = registry.state(ref);
    registry.put(ref, new OperatorAction.State(state.row(), state.returnsTo(), Wanted.NOTHING));
    device.ask("cut 1000000000 0");
    for (int i = 0; i < 5_000; i++) {
      deviceActs(true);
      if (isAtPeace()) {
        return;
      }
    }
    throw new AssertionError("no end: row " + row() + ", device " + views);
  }

  private boolean isAtPeace() {
    DeviceRow row = registry.row(ref);
    return settled
        && row.status() == RowStatus.ACTIVE
        && views.stream()
            .allMatch(
                view ->
                    view.size() == 1
                        && view.get(0).confirmed()
                        && view.get(0).key().epoch() == row.epoch()
                        && row.token().equals(Optional.of(view.get(0).key().token())));
  }

  private String row() {
    DeviceRow row = registry.row(ref);
    return "(%s %d %s a%d%s)"
        .formatted(
            row.status().name().toLowerCase(Locale.ROOT),
            row.epoch(),
            row.token().map(Token::toString).orElse("-"),
            row.attempt(),
            row.reEnrollApproved() ? " approved" : "");
  }

  private static GrantToken.Kind kind(Token token) {
    return GrantToken.decode(token).orElseThrow().kind();
  }

  private static String shown(byte[] frame) {
    return WalkShown.request(frame);
  }

  private Optional<byte[]> pick(List<byte[]> frames) {
    return frames.isEmpty()
        ? Optional.empty()
        : Optional.of(frames.get(random.nextInt(frames.size())));
  }
}
