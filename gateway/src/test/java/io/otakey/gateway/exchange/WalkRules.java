package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.WalkedDevice.Held;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.key.DecisionTable;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.Fact;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * I1 to I5 of protocol section 1 about one device and its row. Of I4 what a walk can see: no device
 * key is in any frame.
 */
final class WalkRules {
  private final DeviceRef ref;
  private final WalkRegistry registry;
  private final Map<String, KeyRef> everyKey;
  private final Map<Token, ByteBuffer> grantedTo = new HashMap<>();
  private final Set<String> deviceKeys = new HashSet<>();
  private final Set<Token> superseded = new HashSet<>();
  private final Set<Token> refusedForGood = new HashSet<>();
  private final Set<ByteBuffer> settledFrames = new HashSet<>();
  private boolean commitLost;

  /**
   * @param everyKey device keys of all walks so far, with what they are for
   */
  WalkRules(DeviceRef ref, WalkRegistry registry, Map<String, KeyRef> everyKey) {
    this.ref = ref;
    this.registry = registry;
    this.everyKey = everyKey;
  }

  /** I2 and I3 claim nothing once a fail-over lost a commit. */
  void commitLost() {
    commitLost = true;
  }

  boolean isSuperseded(Token token) {
    return superseded.contains(token) && !commitLost;
  }

  void rowLeft(Optional<Token> token) {
    token.ifPresent(superseded::add);
  }

  /** I2: before a decision is written. */
  void decides(KeyUse use, Asked asked, Verdict verdict) {
    DeviceRow row = registry.row(ref);
    Token token = use.key().token();
    boolean serves =
        (verdict == Verdict.CURRENT && row.status() == RowStatus.ACTIVE) || verdict.commits();
    if (!commitLost && serves && superseded.contains(token)) {
      throw new AssertionError("I2: a superseded key is served: " + asked + " " + verdict);
    }
    if (!commitLost && verdict.commits() && refusedForGood.contains(token)) {
      throw new AssertionError("I2: a key is committed after a 7 to its CONFIRM");
    }
    if (verdict.commits()) {
      rowLeft(row.token());
    }
  }

  /** I3: a frame that had its final answer changes no row. I4: no frame shows a key. */
  void answered(byte[] frame, DeviceRow before, byte[] answer) {
    showsNoKey(frame);
    showsNoKey(answer);
    Request request = request(frame);
    Answer decoded = answer(answer);
    boolean confirms = request.type() == RequestType.CONFIRM;
    boolean gone =
        decoded instanceof Answer.Refused refused && refused.code() == Refusal.SUPERSEDED;
    if (confirms && gone && request instanceof Request.Keyed keyed) {
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
    DeviceRow after = registry.row(ref);
    boolean same =
        before.status() == after.status()
            && before.epoch() == after.epoch()
            && before.attempt() == after.attempt();
    if (!commitLost && !same) {
      throw new AssertionError("I3: " + what + " changed the row: " + before + " -> " + after);
    }
  }

  private void showsNoKey(byte[] frame) {
    String text = HexFormat.of().formatHex(frame);
    if (deviceKeys.stream().anyMatch(text::contains)) {
      throw new AssertionError("I4: a frame shows a device key");
    }
  }

  /** I5: what the device took from the gateway's answer to this request. */
  void stored(Held record, byte[] request) {
    deviceKeys.add(record.deviceKey());
    KeyRef other = everyKey.putIfAbsent(record.deviceKey(), record.key());
    if (other != null && !other.equals(record.key())) {
      throw new AssertionError("I5: one key for " + other + " and " + record.key());
    }
    ByteBuffer before = grantedTo.putIfAbsent(record.key().token(), ByteBuffer.wrap(request));
    if (before != null && !before.equals(ByteBuffer.wrap(request))) {
      throw new AssertionError("I5: one key was granted to two requests");
    }
  }

  /** I1, whichever way words that were cut short will read. */
  void neverBricked(List<List<Held>> views) {
    DeviceRow row = withoutBar();
    boolean enrolls =
        row.status() == RowStatus.NONE
            || row.status() == RowStatus.EXPECTED
            || row.reEnrollApproved();
    boolean held =
        enrolls || views.stream().allMatch(view -> view.stream().anyMatch(r -> accepts(row, r)));
    if (!held) {
      throw new AssertionError("I1: bricked; row " + row + ", device " + views);
    }
  }

  private static boolean accepts(DeviceRow row, Held record) {
    Verdict confirm = verdict(row, record, Asked.CONFIRM);
    boolean heals = record.confirmed() && verdict(row, record, Asked.POLL_OR_ROTATE).commits();
    return confirm == Verdict.CURRENT || confirm.commits() || heals;
  }

  private static Verdict verdict(DeviceRow row, Held record, Asked asked) {
    GrantToken token = GrantToken.decode(record.key().token()).orElseThrow();
    Fact.Case facts =
        new Fact.Case(
            row,
            record.key().epoch(),
            token,
            token.generation(),
            false,
            row.reEnrollApproved(),
            true);
    return DecisionTable.decide(facts).verdict(asked);
  }

  /** A bar is judged as if it were lifted, and a closed policy as if it were open. */
  private DeviceRow withoutBar() {
    OperatorAction.State state = registry.state(ref);
    return state.returnsTo().isPresent() ? OperatorAction.UNBLOCK.apply(state).row() : state.row();
  }

  static Request request(byte[] frame) {
    try {
      return Request.decode(frame);
    } catch (MalformedFrameException e) {
      throw new AssertionError("the device sent a malformed frame", e);
    }
  }

  static Answer answer(byte[] frame) {
    try {
      return Answer.decode(frame);
    } catch (MalformedFrameException e) {
      throw new AssertionError("the gateway sent a malformed frame", e);
    }
  }
}
