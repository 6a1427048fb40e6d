package io.otakey.protocol.handshake;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.fuzz.Mutations;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.Samples;
import io.otakey.protocol.wire.Token;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/** The same random and damaged bytes for both, and what both say. Not thread-safe. */
final class TwinCases {
  private static final int MAX_FRAME = 1100;
  private static final int GRANTS = 6;
  private static final String ID = "abcXYZ019-._:";

  private final Twin twin;
  private final TwinVerdicts java;
  private final X25519 curve;
  private final Random random;
  private final Mutations answers;
  private final Mutations payloads;
  private final Mutations names;

  TwinCases(Twin twin, TwinVerdicts java, X25519 curve, long seed) {
    this.twin = twin;
    this.java = java;
    this.curve = curve;
    this.random = new Random(seed);
    this.answers = new Mutations(Samples.answers(), seed);
    this.payloads = new Mutations(GrantSamples.all(), seed);
    this.names =
        new Mutations(
            List.of(
                "thermo-1".getBytes(StandardCharsets.US_ASCII),
                "a1:B-2_c.d".getBytes(StandardCharsets.US_ASCII),
                new byte[] {'-'}),
            seed);
  }

  /** A case of any kind; throws {@link AssertionError} where the two differ. */
  void next() throws HandshakeFailedException, MalformedFrameException {
    switch (random.nextInt(20)) {
      case 0, 1, 2 -> handshake();
      case 3, 4, 5 -> keyed();
      case 6, 7, 8 -> proves();
      case 9, 10, 11 -> {
        byte[] name = cut(names.next(), 100);
        same("product " + Twin.hex(name), java.product(name));
        same("device " + Twin.hex(name), java.device(name));
      }
      default -> {
        byte[] frame = cut(answers.next(), MAX_FRAME);
        same("answer " + Twin.hex(frame), java.answer(frame));
      }
    }
  }

  private void same(String command, String expected) {
    String said = twin.ask(command);
    if (!said.equals(expected)) {
      throw new AssertionError(command + "\n  C:    " + said + "\n  Java: " + expected);
    }
  }

  // ---- macs and requests

  private void proves() {
    byte[] secret = bytes(32);
    FrameKey key = new FrameKey(Secret.adopt(secret.clone()));
    byte[] proof = bytes(random.nextBoolean() ? 16 : 8);
    byte[] covered = Answer.Ack.covered(random.nextInt(9), Answer.AckStatus.COMMITTED, 60);
    byte[] frame = key.answer(covered, proof);
    if (random.nextBoolean()) {
      frame[frame.length - 1 - random.nextInt(16)] ^= (byte) (1 << random.nextInt(8));
    }
    String command = "proves " + Twin.hex(secret) + " " + Twin.hex(frame) + " " + Twin.hex(proof);
    same(command, java.proves(key, frame, proof));
  }

  private void keyed() {
    byte[] secret = bytes(32);
    FrameKey key = new FrameKey(Secret.adopt(secret.clone()));
    KeyRef name = new KeyRef(ref(), random.nextInt() & 0xffff_ffffL, token());
    String named = named(name) + " " + Twin.hex(secret) + " ";
    ConfirmRequest.Outcome outcome = any(ConfirmRequest.Outcome.values());
    byte[] confirm = key.request(ConfirmRequest.covered(name, outcome));
    same(
        "confirm " + named + (outcome == ConfirmRequest.Outcome.STORED ? 0 : 1), Twin.hex(confirm));
    Token given = token();
    AbandonRequest.Reason reason = any(AbandonRequest.Reason.values());
    byte[] abandon = key.request(AbandonRequest.covered(name, given, reason));
    same("abandon " + named + given.hex() + " " + reason.code(), Twin.hex(abandon));
    byte[] nonce = bytes(PollRequest.NONCE_LENGTH);
    byte[] poll = key.request(PollRequest.covered(name, nonce));
    same("poll " + named + Twin.hex(nonce), Twin.hex(poll));
  }

  // ---- handshakes

  private void handshake() throws HandshakeFailedException, MalformedFrameException {
    X25519.KeyPair gateway = pair(bytes(32));
    byte[] secret = bytes(32);
    FrameKey key = new FrameKey(Secret.adopt(secret.clone()));
    byte[] ephemeral = bytes(32);
    String version = random.nextBoolean() ? "" : "v".repeat(1 + random.nextInt(32));
    int error = random.nextInt(3) == 0 ? random.nextInt(1 << (1 + random.nextInt(30))) : 0;
    GatewayKey published = new GatewayKey(1 + random.nextInt(255), gateway.publicKey());
    String rest =
        "%s %d %s %s %s %d"
            .formatted(
                Twin.hex(secret),
                published.id(),
                Twin.hex(gateway.publicKey()),
                Twin.hex(ephemeral),
                Twin.hex(version.getBytes(StandardCharsets.US_ASCII)),
                error);
    OpeningPayload opening =
        new OpeningPayload(
            Optional.of(version).filter(text -> !text.isEmpty()),
            error == 0 ? OptionalLong.empty() : OptionalLong.of(error));
    try (DeviceHandshake device = open(key, published, ephemeral, opening, rest)) {
      Request.Opening request = (Request.Opening) Request.decode(device.request());
      for (int i = 0; i < GRANTS; i++) {
        byte[] frame = seal(request, gateway, key, cut(payloads.next(), 900));
        if (random.nextInt(3) == 0) {
          byte[] damaged = damaged(frame);
          same("grant " + Twin.hex(damaged), java.grant(device, damaged));
        }
        same("grant " + Twin.hex(frame), java.grant(device, frame));
      }
    }
  }

  private DeviceHandshake open(
      FrameKey key, GatewayKey gateway, byte[] ephemeral, OpeningPayload opening, String rest)
      throws HandshakeFailedException {
    DeviceHandshake device;
    String command;
    if (random.nextBoolean()) {
      DeviceRef ref = ref();
      int version = 1 + random.nextInt(255);
      device = DeviceHandshake.enroll(ref, version, key, gateway, pair(ephemeral), opening);
      command = "enroll %s %d ".formatted(named(ref), version);
    } else {
      KeyRef name = new KeyRef(ref(), random.nextInt() & 0xffff_ffffL, token());
      device = DeviceHandshake.rotate(name, key, gateway, pair(ephemeral), opening);
      command = "rotate " + named(name) + " ";
    }
    same(command + rest, Twin.hex(device.request()));
    return device;
  }

  /** What whoever holds both keys may send. */
  private byte[] seal(Request.Opening request, X25519.KeyPair gateway, FrameKey key, byte[] payload)
      throws HandshakeFailedException {
    Noise.Responder noise = new Noise.Responder(request.prologue(), gateway, key.psk());
    noise.read(request.noiseMessage());
    return Answer.Grant.of(noise.write(payload, pair(bytes(32)))).frame();
  }

  private byte[] damaged(byte[] frame) {
    byte[] damaged = frame.clone();
    switch (random.nextInt(4)) {
      case 0 -> Arrays.fill(damaged, 1, 33, (byte) (random.nextBoolean() ? 0 : -1));
      case 1 -> damaged = Arrays.copyOf(frame, random.nextInt(frame.length));
      case 2 -> damaged = Arrays.copyOf(frame, frame.length + 1 + random.nextInt(3));
      default -> damaged[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return damaged;
  }

  // ---- random values

  private X25519.KeyPair pair(byte[] secret) {
    return curve.of(Secret.adopt(secret.clone()));
  }

  private DeviceRef ref() {
    return new DeviceRef(
        "p" + name("abc019-", random.nextInt(32)), "D" + name(ID, random.nextInt(64)));
  }

  private String name(String letters, int length) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < length; i++) {
      name.append(letters.charAt(random.nextInt(letters.length())));
    }
    return name.toString();
  }

  private Token token() {
    return Token.of(bytes(1 + random.nextInt(Token.MAX_LENGTH)));
  }

  private static String named(DeviceRef ref) {
    return Twin.hex(ref.productId().getBytes(StandardCharsets.US_ASCII))
        + " "
        + Twin.hex(ref.deviceId().getBytes(StandardCharsets.US_ASCII));
  }

  private static String named(KeyRef key) {
    return "%s %d %s".formatted(named(key.ref()), key.epoch(), key.token().hex());
  }

  private <T> T any(T[] values) {
    return values[random.nextInt(values.length)];
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] cut(byte[] bytes, int most) {
    return bytes.length > most ? Arrays.copyOf(bytes, most) : bytes;
  }
}
