package io.otakey.gateway.exchange;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.handshake.OpeningPayload;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.EnrollRequest;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.LoginName;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.RotateRequest;
import io.otakey.protocol.wire.Token;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/** A node in memory with one device, and inputs of two classes for everything that is measured. */
final class SideChannelBed {
  /** Of each class; so many that no single one is known to the processor's predictors. */
  private static final int INPUTS = 512;

  private static final DeviceRef KNOWN = new DeviceRef(WalkNode.PRODUCT, "device-1");
  private static final DeviceRef UNKNOWN = new DeviceRef(WalkNode.PRODUCT, "device-2");
  private static final DeviceRef NO_PRODUCT = new DeviceRef("wolk", "device-1");
  private static final int NOISE = 80;

  private final Random random = new Random(1);
  private final WalkRegistry registry = new WalkRegistry(() -> Instant.EPOCH, WalkFault.NOTHING);
  private final WalkNode node;
  private final PlatformLogin logins;
  private final FrameKey productKey;
  private final KeyRef key;
  private final FrameKey deviceKey;
  private final String secret;

  /** Frames of two classes. */
  record Pair(String what, byte[][] first, byte[][] second) {}

  SideChannelBed(Vault vault, X25519 curve)
      throws HandshakeFailedException, MalformedFrameException {
    byte[] source = vault.newSource();
    productKey = vault.productKey(WalkNode.PRODUCT, 1, source).orElseThrow();
    node = new WalkNode(vault, curve, source, registry, System::nanoTime, random);
    DeviceHandshake handshake =
        DeviceHandshake.enroll(
            KNOWN,
            1,
            productKey,
            vault.gatewayKeys().get(0),
            curve.generate(),
            OpeningPayload.EMPTY);
    Answer grant = Answer.decode(node.answer(handshake.request()));
    GrantPayload payload = handshake.open((Answer.Grant) grant).orElseThrow();
    key = new KeyRef(KNOWN, payload.epoch(), payload.token());
    deviceKey = FrameKey.shareable(Secret.adopt(payload.deviceKey().expose().clone()));
    node.answer(deviceKey.request(ConfirmRequest.covered(key, ConfirmRequest.Outcome.STORED)));
    secret = deviceKey.platformSecret("cloud");
    logins =
        new PlatformLogin(
            vault, node.products(), WalkNode.connections(), registry, new SimpleMeterRegistry());
    if (!isAllowed(secret)) {
      throw new IllegalStateException("the right secret is refused");
    }
  }

  // ---- comparisons

  FrameKey productKey() {
    return productKey;
  }

  FrameKey deviceKey() {
    return deviceKey;
  }

  String secret() {
    return secret;
  }

  byte[][] enrolls(boolean firstByte) {
    return requests(
        () -> random(EnrollRequest.prologue(KNOWN, 1, 1), NOISE), productKey::guard, firstByte);
  }

  byte[][] polls(boolean firstByte) {
    return requests(() -> PollRequest.covered(key, bytes(8)), deviceKey::mac, firstByte);
  }

  byte[][] hashes(byte[] right, boolean firstByte) {
    return Stream.generate(() -> wrong(right, firstByte)).limit(INPUTS).toArray(byte[][]::new);
  }

  /** Wrong in the first character, or in the last. */
  byte[][] passwords(boolean firstByte) {
    int at = firstByte ? 0 : secret.length() - 1;
    return Stream.generate(
            () -> {
              StringBuilder wrong = new StringBuilder(secret);
              wrong.setCharAt(at, secret.charAt(at) == '!' ? '"' : '!');
              return wrong.toString().getBytes(StandardCharsets.US_ASCII);
            })
        .limit(INPUTS)
        .toArray(byte[][]::new);
  }

  boolean isAllowed(String password) {
    String name = new LoginName(KNOWN, key.token()).toString();
    return logins.check("cloud", name, password, Optional.empty()).result()
        == PlatformLogin.Outcome.ALLOWED;
  }

  private interface Covered {
    byte[] next();
  }

  private byte[][] requests(Covered covered, Function<byte[], byte[]> proof, boolean firstByte) {
    return Stream.generate(
            () -> {
              byte[] head = covered.next();
              return join(head, wrong(proof.apply(head), firstByte));
            })
        .limit(INPUTS)
        .toArray(byte[][]::new);
  }

  static Request decoded(byte[] frame) {
    try {
      return Request.decode(frame);
    } catch (MalformedFrameException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] wrong(byte[] right, boolean firstByte) {
    byte[] wrong = right.clone();
    wrong[firstByte ? 0 : wrong.length - 1] ^= (byte) (1 + random.nextInt(255));
    return wrong;
  }

  // ---- enumeration

  boolean isGranted(byte[] frame) {
    return node.answer(frame)[0] != Answer.ERROR;
  }

  List<Pair> pairs() {
    Token own = key.token();
    Token strange = with(own, 0, 200);
    return List.of(
        new Pair(
            "ENROLL: unknown product, known one", enroll(NO_PRODUCT, 1, 1), enroll(KNOWN, 1, 1)),
        new Pair("ENROLL: unknown device, active one", enroll(UNKNOWN, 1, 1), enroll(KNOWN, 1, 1)),
        new Pair(
            "ENROLL: unknown key version, known one", enroll(KNOWN, 9, 1), enroll(KNOWN, 1, 1)),
        new Pair(
            "ENROLL: unknown gateway key, known one", enroll(KNOWN, 1, 9), enroll(KNOWN, 1, 1)),
        new Pair("POLL: unknown product, known one", poll(NO_PRODUCT, own), poll(KNOWN, own)),
        new Pair("POLL: unknown device, active one", poll(UNKNOWN, own), poll(KNOWN, own)),
        new Pair(
            "POLL: unknown allocation secret, known one", poll(KNOWN, strange), poll(KNOWN, own)),
        new Pair(
            "POLL: another token, the device's own",
            poll(KNOWN, with(own, 14, 1)),
            poll(KNOWN, own)),
        new Pair("ROTATE: unknown product, known one", rotate(NO_PRODUCT), rotate(KNOWN)),
        new Pair("ROTATE: unknown device, active one", rotate(UNKNOWN), rotate(KNOWN)),
        new Pair("CONFIRM: unknown device, active one", confirm(UNKNOWN), confirm(KNOWN)),
        new Pair("ABANDON: unknown device, active one", abandon(UNKNOWN), abandon(KNOWN)));
  }

  private static Token with(Token token, int at, int value) {
    byte[] bytes = token.toBytes();
    bytes[at] = (byte) (bytes[at] ^ value);
    return Token.of(bytes);
  }

  private byte[][] enroll(DeviceRef ref, int version, int gatewayKey) {
    return frames(EnrollRequest.prologue(ref, version, gatewayKey), NOISE);
  }

  private byte[][] poll(DeviceRef ref, Token token) {
    return frames(PollRequest.covered(new KeyRef(ref, 1, token), new byte[8]), 16);
  }

  private byte[][] rotate(DeviceRef ref) {
    return frames(RotateRequest.prologue(named(ref), 1), NOISE);
  }

  private byte[][] confirm(DeviceRef ref) {
    return frames(ConfirmRequest.covered(named(ref), ConfirmRequest.Outcome.STORED), 16);
  }

  private byte[][] abandon(DeviceRef ref) {
    return frames(
        AbandonRequest.covered(named(ref), key.token(), AbandonRequest.Reason.STORAGE_FAILED), 16);
  }

  private KeyRef named(DeviceRef ref) {
    return new KeyRef(ref, key.epoch(), key.token());
  }

  private byte[][] frames(byte[] head, int more) {
    return Stream.generate(() -> random(head, more)).limit(INPUTS).toArray(byte[][]::new);
  }

  private byte[] random(byte[] head, int more) {
    return join(head, bytes(more));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] join(byte[] head, byte[] tail) {
    byte[] joined = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }
}
