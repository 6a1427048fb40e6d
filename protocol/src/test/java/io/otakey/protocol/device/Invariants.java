package io.otakey.protocol.device;

import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.RequestType;
import io.otakey.protocol.wire.Token;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** I1, I2 and I3 of protocol section 1, as the models state them, about one device and its row. */
final class Invariants {
  private final DeviceRef ref;
  private final SimGateway gateway;
  private final CutFlash flash;
  private final Set<Token> superseded = new HashSet<>();
  private final Set<Token> refusedForGood = new HashSet<>();
  private final Set<ByteBuffer> settledFrames = new HashSet<>();
  private boolean commitLost;

  Invariants(DeviceRef ref, SimGateway gateway, CutFlash flash) {
    this.ref = ref;
    this.gateway = gateway;
    this.flash = flash;
  }

  /** I2 and I3 claim nothing once a fail-over lost a commit. */
  void commitLost() {
    commitLost = true;
  }

  /** Tokens whose successor is committed, or whose row went to a new owner. */
  Set<Token> superseded() {
    return superseded;
  }

  void rowLeft(Optional<Token> token) {
    token.ifPresent(superseded::add);
  }

  /** I2: before a decision is written. */
  void decided(KeyRef key, Asked asked, Verdict verdict) {
    boolean serves =
        (verdict == Verdict.CURRENT && gateway.row(ref).status() == RowStatus.ACTIVE)
            || verdict.commits();
    if (!commitLost && serves && superseded.contains(key.token())) {
      throw new AssertionError("I2: a superseded key is served: " + asked + " " + verdict);
    }
    if (!commitLost && verdict.commits() && refusedForGood.contains(key.token())) {
      throw new AssertionError("I2: a key is committed after a 7 to its CONFIRM");
    }
    if (verdict.commits()) {
      rowLeft(gateway.row(ref).token());
    }
  }

  /** I3: a frame that had its final answer, or that is under a superseded key, changes no row. */
  void answered(byte[] frame, DeviceRow before, byte[] answer) {
    Request request;
    Answer decoded;
    try {
      request = Request.decode(frame);
      decoded = Answer.decode(answer);
    } catch (MalformedFrameException e) {
      throw new AssertionError("a frame of the world is malformed", e);
    }
    boolean confirms = request.type() == RequestType.CONFIRM;
    boolean gone =
        decoded instanceof Answer.Refused refused && refused.code() == Refusal.SUPERSEDED;
    if (request instanceof Request.Keyed keyed && confirms && gone) {
      refusedForGood.add(keyed.key().token());
    }
    ByteBuffer name = ByteBuffer.wrap(frame);
    if (settledFrames.contains(name)) {
      unchanged(before, "a repeated frame");
    }
    if (decoded instanceof Answer.Ack || (confirms && gone)) {
      settledFrames.add(name);
    }
  }

  void unchanged(DeviceRow before, String what) {
    DeviceRow after = gateway.row(ref);
    boolean same =
        before.status() == after.status()
            && before.epoch() == after.epoch()
            && before.attempt() == after.attempt();
    if (!commitLost && !same) {
      throw new AssertionError("I3: " + what + " changed the row: " + before + " -> " + after);
    }
  }

  /** I1, whichever way words that were cut short will read. */
  void neverBricked() {
    DeviceRow row = gateway.row(ref);
    boolean enrolls =
        row.status() == RowStatus.NONE
            || row.status() == RowStatus.EXPECTED
            || row.reEnrollApproved();
    if (!enrolls && !flash.readings().stream().allMatch(this::anyAccepted)) {
      throw new AssertionError("I1: bricked; row " + row);
    }
  }

  private boolean anyAccepted(Flash view) {
    Slots slots = new Slots(view);
    return withoutBar(() -> isAccepted(slots, 0) || isAccepted(slots, 1));
  }

  /** Whether a CONFIRM under this key would be its commit. */
  boolean isCommittable(KeyRef key) {
    return withoutBar(() -> gateway.decide(key, Asked.CONFIRM).commits());
  }

  /** A bar is judged as if it were lifted. */
  private boolean withoutBar(BooleanSupplier judge) {
    boolean wasBarred = gateway.isBarred(ref);
    gateway.barred.put(ref, false);
    try {
      return judge.getAsBoolean();
    } finally {
      gateway.barred.put(ref, wasBarred);
    }
  }

  private boolean isAccepted(Slots slots, int slot) {
    if (!slots.exists(slot)) {
      return false;
    }
    KeyRef key = slots.read(slot).key(ref);
    Verdict confirm = gateway.decide(key, Asked.CONFIRM);
    boolean heals = slots.isConfirmed(slot) && gateway.decide(key, Asked.POLL_OR_ROTATE).commits();
    return confirm == Verdict.CURRENT || confirm.commits() || heals;
  }

  static GrantToken.Kind kind(Token token) {
    return GrantToken.decode(token).orElseThrow().kind();
  }
}
