package io.otakey.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.ProductAllocation;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.Token;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every byte of vectors/otakey1.json, in both roles, with every provider of X25519 there is. */
class VectorTest {
  private static final HexFormat HEX = HexFormat.of();

  @TestFactory
  Stream<DynamicTest> everyStepOfEveryCase_isReproduced() throws Exception {
    Path file = Path.of(System.getProperty("otakey.root"), "vectors", "otakey1.json");
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    List<DynamicTest> tests = new ArrayList<>();
    for (X25519 x25519 : List.of(X25519.choose().x25519(), X25519.bouncyCastle())) {
      for (JsonNode vector : root.get("cases")) {
        tests.addAll(new Case(x25519, vector).tests());
      }
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(10);
    return tests.stream();
  }

  private record Held(KeyRef key, FrameKey frameKey) {}

  /** One device's life through the steps of a case. */
  private static final class Case {
    private final X25519 x25519;
    private final JsonNode vector;
    private final DeviceRef ref;
    private final GatewayKey gatewayKey;
    private final X25519.KeyPair gatewayPair;

    Case(X25519 x25519, JsonNode vector) {
      this.x25519 = x25519;
      this.vector = vector;
      this.ref = new DeviceRef(text(vector, "productId"), text(vector, "deviceId"));
      this.gatewayKey =
          new GatewayKey(vector.get("gatewayKeyId").asInt(), hex(vector, "gatewayPublic"));
      this.gatewayPair = x25519.of(secret(vector, "gatewayPrivate"));
    }

    List<DynamicTest> tests() {
      List<DynamicTest> tests = new ArrayList<>();
      String name = text(vector, "name") + " / " + x25519.provider();
      tests.add(DynamicTest.dynamicTest(name + " / keys", this::keys));
      Optional<Held> current = Optional.empty();
      for (JsonNode step : vector.get("steps")) {
        Optional<Held> before = current;
        KeyRef after =
            new KeyRef(ref, step.get("epoch").asLong(), Token.ofHex(text(step, "token")));
        FrameKey keyAfter = new FrameKey(secret(step, "deviceKey"));
        tests.add(
            DynamicTest.dynamicTest(
                name + " / " + text(step, "kind") + " to epoch " + after.epoch(),
                () -> step(step, before, after, keyAfter)));
        current = Optional.of(new Held(after, keyAfter));
      }
      return tests;
    }

    private void keys() {
      assertThat(gatewayPair.publicKey()).isEqualTo(gatewayKey.publicKey());
    }

    private void step(JsonNode step, Optional<Held> before, KeyRef after, FrameKey keyAfter)
        throws Exception {
      OpeningPayload opening = OpeningPayload.decode(hex(step, "requestPayload"));
      DeviceHandshake device = openDevice(step, before, opening);
      assertHex(device.request(), step, "request");
      Request.Opening request = (Request.Opening) Request.decode(device.request());
      FrameKey opener =
          before.map(Held::frameKey).orElseGet(() -> new FrameKey(secret(vector, "productKey")));
      assertThat(opener.authenticates(request)).isTrue();

      GrantPayload granted = grant(step, request, opener, device);
      assertThat(granted.epoch()).isEqualTo(after.epoch());
      assertThat(granted.token()).isEqualTo(after.token());
      assertThat(granted.deviceKey()).isEqualTo(keyAfter.secret());

      token(step, request, after);
      confirmed(step, after, keyAfter);
      polled(step, after, keyAfter);
      if (before.isPresent()) {
        abandoned(step, before.get().key(), before.get().frameKey(), after);
      }
      platform(step, granted, keyAfter);
    }

    private DeviceHandshake openDevice(JsonNode step, Optional<Held> before, OpeningPayload opening)
        throws Exception {
      X25519.KeyPair ephemeral = x25519.of(secret(step, "deviceEphemeralPrivate"));
      if (before.isPresent()) {
        return DeviceHandshake.rotate(
            before.get().key(), before.get().frameKey(), gatewayKey, ephemeral, opening);
      }
      int pkVersion = vector.get("productKeyVersion").asInt();
      FrameKey productKey = new FrameKey(secret(vector, "productKey"));
      return DeviceHandshake.enroll(ref, pkVersion, productKey, gatewayKey, ephemeral, opening);
    }

    /** The gateway seals the payload of the vector; the device opens it. */
    private GrantPayload grant(
        JsonNode step, Request.Opening request, FrameKey opener, DeviceHandshake device)
        throws Exception {
      GatewayHandshake gateway = GatewayHandshake.open(request, gatewayPair, opener.psk());
      assertHex(gateway.payload().encode(), step, "requestPayload");
      GrantPayload payload = GrantPayload.decode(hex(step, "grantPayload"));
      if (text(step, "kind").equals("enroll")) {
        assertHex(payload.encode(), step, "grantPayload");
        Answer.Grant ours = gateway.grant(payload, gatewayEphemeral(step));
        assertHex(ours.frame(), step, "grant");
        assertHex(gateway.hash(), step, "handshakeHash");
      }
      Answer.Grant grant = (Answer.Grant) Answer.decode(hex(step, "grant"));
      GrantPayload opened = device.open(grant).orElseThrow();
      assertThat(opened.encode()).isEqualTo(payload.encode());
      sealsUnknownKeys(step, request, opener);
      return opened;
    }

    /**
     * Payloads of the vectors carry keys that we skip; sealed as they are, bytes must agree too.
     */
    private void sealsUnknownKeys(JsonNode step, Request.Opening request, FrameKey opener)
        throws Exception {
      Noise.Responder noise = new Noise.Responder(request.prologue(), gatewayPair, opener.psk());
      noise.read(request.noiseMessage());
      byte[] message = noise.write(hex(step, "grantPayload"), gatewayEphemeral(step));
      assertHex(Answer.Grant.of(message).frame(), step, "grant");
      assertHex(noise.hash(), step, "handshakeHash");
    }

    private X25519.KeyPair gatewayEphemeral(JsonNode step) {
      return x25519.of(secret(step, "gatewayEphemeralPrivate"));
    }

    private void token(JsonNode step, Request request, KeyRef after) {
      ProductAllocation derived =
          new ProductAllocation(secret(vector, "allocationSecret"), ref.productId());
      GrantToken token = GrantToken.decode(after.token()).orElseThrow();
      assertThat(token.allocationSecretId()).isEqualTo(step.get("allocationSecretId").asInt());
      assertThat(token.attempt()).isEqualTo(step.get("attempt").asInt());
      assertThat(token.generation()).isEqualTo(step.get("generation").asInt());
      assertThat(token.connectionId()).isEqualTo(step.get("connectionId").asInt());
      assertThat(token.encode()).isEqualTo(after.token());
      assertThat(derived.salt(request.frame())).isEqualTo(token.salt());
      assertThat(derived.deviceKey(after)).isEqualTo(secret(step, "deviceKey"));
    }

    private void confirmed(JsonNode step, KeyRef after, FrameKey key) throws Exception {
      byte[] frame = hex(step, "confirm");
      ConfirmRequest confirm = (ConfirmRequest) Request.decode(frame);
      assertThat(confirm.key()).isEqualTo(after);
      assertThat(key.request(ConfirmRequest.covered(after, confirm.outcome()))).isEqualTo(frame);
      assertThat(key.authenticates(confirm)).isTrue();

      Answer.Ack ack = (Answer.Ack) Answer.decode(hex(step, "ack"));
      assertThat(key.authenticates(ack, confirm.proof())).isTrue();
      byte[] covered = Answer.Ack.covered(after.epoch(), ack.status(), ack.pollAfter());
      assertHex(key.answer(covered, confirm.proof()), step, "ack");
    }

    private void polled(JsonNode step, KeyRef after, FrameKey key) throws Exception {
      byte[] frame = key.request(PollRequest.covered(after, hex(step, "pollNonce")));
      assertHex(frame, step, "poll");
      PollRequest poll = (PollRequest) Request.decode(frame);
      assertThat(key.authenticates(poll)).isTrue();

      Answer.Notice notice = (Answer.Notice) Answer.decode(hex(step, "notice"));
      assertThat(key.authenticates(notice, poll.proof())).isTrue();
      byte[] covered = Answer.Notice.covered(after.epoch(), notice.action(), notice.pollAfter());
      assertHex(key.answer(covered, poll.proof()), step, "notice");
      assertHex(key.push(covered), step, "pushedNotice");
      assertThat(key.authenticatesPush(Answer.decode(hex(step, "pushedNotice")))).isTrue();

      for (Map.Entry<String, JsonNode> error : step.get("errorsToPoll").properties()) {
        Answer.Refused refused =
            (Answer.Refused) Answer.decode(HEX.parseHex(error.getValue().asText()));
        assertThat(refused.code().code()).isEqualTo(Integer.parseInt(error.getKey()));
        byte[] errorCovered = Answer.Refused.covered(refused.code(), refused.retryAfter());
        assertThat(key.answer(errorCovered, poll.proof())).isEqualTo(refused.frame());
        assertThat(key.authenticates(refused, poll.proof())).isTrue();
      }
      byte[] superseded =
          Answer.Refused.covered(
              Refusal.SUPERSEDED,
              ((Answer.Refused) Answer.decode(hex(step, "supersededError"))).retryAfter());
      assertHex(key.answer(superseded, poll.proof()), step, "supersededError");
      Answer.Refused plain = (Answer.Refused) Answer.decode(hex(step, "plainError"));
      assertThat(plain.macLength()).isZero();
      assertHex(Answer.Refused.covered(plain.code(), plain.retryAfter()), step, "plainError");
    }

    private void abandoned(JsonNode step, KeyRef confirmed, FrameKey key, KeyRef given)
        throws Exception {
      byte[] frame = hex(step, "abandonInstead");
      AbandonRequest abandon = (AbandonRequest) Request.decode(frame);
      assertThat(abandon.key()).isEqualTo(confirmed);
      assertThat(abandon.abandoned()).isEqualTo(given.token());
      byte[] covered = AbandonRequest.covered(confirmed, given.token(), abandon.reason());
      assertThat(key.request(covered)).isEqualTo(frame);
      Answer.Ack ack = (Answer.Ack) Answer.decode(hex(step, "abandonAck"));
      assertThat(ack.status()).isEqualTo(Answer.AckStatus.ABANDONED);
      byte[] ackCovered = Answer.Ack.covered(confirmed.epoch(), ack.status(), ack.pollAfter());
      assertHex(key.answer(ackCovered, abandon.proof()), step, "abandonAck");
    }

    private void platform(JsonNode step, GrantPayload granted, FrameKey key) {
      if (!step.has("platformSecret")) {
        return;
      }
      assertThat(key.platformSecret("factory-mqtt")).isEqualTo(text(step, "platformSecret"));
      Optional<String> login =
          granted.connection() instanceof GrantPayload.Offer.Given given
              ? Optional.of(given.connection().loginName(granted.token()))
              : Optional.empty();
      login.ifPresent(name -> assertThat(name).isEqualTo(text(step, "loginName")));
    }
  }

  private static void assertHex(byte[] actual, JsonNode node, String field) {
    assertThat(HEX.formatHex(actual)).as(field).isEqualTo(text(node, field));
  }

  private static String text(JsonNode node, String field) {
    return node.get(field).asText();
  }

  private static byte[] hex(JsonNode node, String field) {
    return HEX.parseHex(text(node, field));
  }

  private static Secret secret(JsonNode node, String field) {
    return Secret.adopt(hex(node, field));
  }
}
