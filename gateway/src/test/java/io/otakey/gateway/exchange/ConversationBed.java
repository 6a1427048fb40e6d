package io.otakey.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Wanted;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.handshake.OpeningPayload;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Frames;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One node over the registry in memory, and one device whose conversation a script says. */
final class ConversationBed {
  private static final DeviceRef REF = new DeviceRef(WalkNode.PRODUCT, "d");
  private static final long HOURS = 3_600_000_000_000L * 3;

  private final Vault vault;
  private final X25519 curve;
  private final FrameKey productKey;
  private final WalkRegistry registry = new WalkRegistry(() -> Instant.EPOCH, WalkFault.NOTHING);
  private final WalkNode node;
  private long now;

  // ---- the device, anew for each conversation
  private final Map<KeyRef, FrameKey> keys = new HashMap<>();
  private @Nullable KeyRef current;
  private @Nullable KeyRef granted;
  private @Nullable DeviceHandshake open;
  private byte[] last = {};

  ConversationBed(Vault vault, X25519 curve) {
    this.vault = vault;
    this.curve = curve;
    byte[] source = vault.newSource();
    productKey = vault.productKey(WalkNode.PRODUCT, 1, source).orElseThrow();
    node = new WalkNode(vault, curve, source, registry, () -> now, new Random(1));
  }

  void converse(byte[] input) throws Exception {
    now += HOURS; // what the conversation before used up is forgotten
    keys.clear();
    current = null;
    granted = null;
    open = null;
    last = new byte[0];
    registry.put(REF, new OperatorAction.State(DeviceRow.NONE, Optional.empty(), Wanted.NOTHING));
    Script script = new Script(input);
    for (int steps = 0; !script.ended() && steps < 24; steps++) {
      step(script);
    }
  }

  private void step(Script script) throws Exception {
    switch (script.next() % 10) {
      case 0 -> openWith(enroll(script));
      case 1 -> confirm();
      case 2 -> rotate(script);
      case 3 -> keyed(current, key -> PollRequest.covered(key, script.next(8)));
      case 4 -> abandon(script);
      case 5 -> send(script.next(script.next()));
      case 6 -> send(changed(last, script));
      case 7 -> send(proven(changed(last, script)));
      case 8 -> registry.act(script.any(OperatorAction.values()), REF);
      default -> send(last.clone());
    }
  }

  private DeviceHandshake enroll(Script script) throws HandshakeFailedException {
    return DeviceHandshake.enroll(
        REF, 1, productKey, vault.gatewayKeys().get(0), curve.generate(), opening(script));
  }

  private void rotate(Script script) throws Exception {
    KeyRef key = current;
    if (key != null) {
      openWith(
          DeviceHandshake.rotate(
              key, key(key), vault.gatewayKeys().get(0), curve.generate(), opening(script)));
    }
  }

  private static OpeningPayload opening(Script script) {
    return new OpeningPayload(
        Optional.of("v" + script.next()), java.util.OptionalLong.of(script.next()));
  }

  private void openWith(DeviceHandshake handshake) throws Exception {
    open = handshake;
    send(handshake.request());
  }

  private void confirm() throws Exception {
    KeyRef key = granted == null ? current : granted;
    keyed(key, name -> ConfirmRequest.covered(name, ConfirmRequest.Outcome.STORED));
  }

  private void abandon(Script script) throws Exception {
    KeyRef given = granted;
    if (given != null) {
      AbandonRequest.Reason reason = script.any(AbandonRequest.Reason.values());
      keyed(current, key -> AbandonRequest.covered(key, given.token(), reason));
    }
  }

  private interface Covered {
    byte[] of(KeyRef key);
  }

  private void keyed(@Nullable KeyRef key, Covered covered) throws Exception {
    if (key != null) {
      send(key(key).request(covered.of(key)));
    }
  }

  private FrameKey key(KeyRef name) {
    return java.util.Objects.requireNonNull(keys.get(name));
  }

  // ---- damage

  private static byte[] changed(byte[] frame, Script script) {
    byte[] changed = Arrays.copyOf(frame, Math.max(0, frame.length - script.next() / 128 * 3));
    int at = script.next();
    if (at < changed.length) {
      changed[at] = (byte) script.next();
    }
    return changed;
  }

  /** With the guard or mac that whoever holds the key it names would give it. */
  private byte[] proven(byte[] frame) {
    try {
      Request request = Request.decode(frame);
      byte[] covered = request.covered();
      FrameKey key = request instanceof Request.Keyed keyed ? keys.get(keyed.key()) : productKey;
      if (key == null) {
        return frame;
      }
      byte[] proof = request instanceof Request.Opening ? key.guard(covered) : key.mac(covered);
      byte[] proven = Arrays.copyOf(covered, frame.length);
      System.arraycopy(proof, 0, proven, covered.length, proof.length);
      return proven;
    } catch (MalformedFrameException e) {
      return frame;
    }
  }

  // ---- what holds

  private void send(byte[] frame) throws Exception {
    last = frame.clone();
    DeviceRow before = registry.row(REF);
    byte[] bytes = node.answer(frame);
    DeviceRow after = registry.row(REF);
    assertThat(bytes.length).isBetween(1, Frames.MAX_LENGTH);
    Answer answer = Answer.decode(bytes);
    boolean proven = isProven(frame);
    if (!proven) {
      assertThat(after).as("the row after a frame that nobody proved").isEqualTo(before);
      assertThat(answer).isInstanceOf(Answer.Refused.class);
      assertThat(((Answer.Refused) answer).code()).isIn(Refusal.MALFORMED, Refusal.NOT_RECOGNISED);
      assertThat(answer.macLength()).isZero();
    }
    if (answer instanceof Answer.Refused refused) {
      assertThat(refused.code()).isNotEqualTo(Refusal.INTERNAL);
    }
    assertThat(after.epoch()).isGreaterThanOrEqualTo(before.epoch());
    assertThat(after.attempt()).isGreaterThanOrEqualTo(before.attempt());
    if (after.epoch() == before.epoch()) {
      assertThat(after.token()).isEqualTo(before.token());
    }
    take(answer);
  }

  private boolean isProven(byte[] frame) {
    try {
      Request request = Request.decode(frame);
      if (request instanceof Request.Keyed keyed) {
        FrameKey key = keys.get(keyed.key());
        return key != null && key.authenticates(request);
      }
      return request.ref().productId().equals(WalkNode.PRODUCT)
          && productKey.authenticates(request);
    } catch (MalformedFrameException e) {
      return false;
    }
  }

  private void take(Answer answer) {
    DeviceHandshake handshake = open;
    if (answer instanceof Answer.Grant grant && handshake != null) {
      Optional<GrantPayload> payload = handshake.open(grant);
      if (payload.isPresent()) {
        KeyRef key = new KeyRef(REF, payload.get().epoch(), payload.get().token());
        keys.put(key, new FrameKey(payload.get().deviceKey()));
        granted = key;
      }
    } else if (answer instanceof Answer.Ack ack && granted != null) {
      boolean abandoned = ack.status() == Answer.AckStatus.ABANDONED;
      current = abandoned ? current : granted;
      granted = null;
    }
  }
}
