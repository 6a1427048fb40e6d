package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.handshake.OpeningPayload;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Token;
import java.security.SecureRandom;

/** A device at its simplest: makes frames and checks answers, remembers one key. */
final class TestDevice {
  static final X25519 CURVE = X25519.choose().x25519();
  private static final SecureRandom RANDOM = new SecureRandom();

  private final DeviceRef ref;
  private final Secret productKey;
  private final int pkVersion;
  private final GatewayKey gatewayKey;

  /** A key that was granted. */
  record Held(KeyRef key, FrameKey frameKey, GrantPayload grant) {}

  TestDevice(DeviceRef ref, int pkVersion, Secret productKey, GatewayKey gatewayKey) {
    this.ref = ref;
    this.pkVersion = pkVersion;
    this.productKey = productKey.copy();
    this.gatewayKey = gatewayKey;
  }

  DeviceHandshake enroll() {
    try {
      return DeviceHandshake.enroll(
          ref,
          pkVersion,
          new FrameKey(productKey.copy()),
          gatewayKey,
          CURVE.generate(),
          OpeningPayload.EMPTY);
    } catch (HandshakeFailedException e) {
      throw new AssertionError(e);
    }
  }

  DeviceHandshake rotate(Held held) {
    try {
      return DeviceHandshake.rotate(
          held.key(), held.frameKey(), gatewayKey, CURVE.generate(), OpeningPayload.EMPTY);
    } catch (HandshakeFailedException e) {
      throw new AssertionError(e);
    }
  }

  Held take(DeviceHandshake handshake, byte[] answer) {
    Answer.Grant grant = (Answer.Grant) decode(answer);
    GrantPayload payload = handshake.open(grant).orElseThrow();
    KeyRef key = new KeyRef(ref, payload.epoch(), payload.token());
    return new Held(key, new FrameKey(payload.deviceKey()), payload);
  }

  byte[] confirm(Held held) {
    return held.frameKey()
        .request(ConfirmRequest.covered(held.key(), ConfirmRequest.Outcome.STORED));
  }

  byte[] poll(Held held) {
    byte[] nonce = new byte[PollRequest.NONCE_LENGTH];
    RANDOM.nextBytes(nonce);
    return held.frameKey().request(PollRequest.covered(held.key(), nonce));
  }

  byte[] abandon(Held held, Token given) {
    return held.frameKey()
        .request(
            AbandonRequest.covered(held.key(), given, AbandonRequest.Reason.PLATFORM_UNREACHABLE));
  }

  /** The answer to a frame under this key, its mac checked. */
  static Answer checked(Held held, byte[] request, byte[] answer) {
    Answer decoded = decode(answer);
    int proof = request[0] == 0x12 ? 8 : 16;
    byte[] end = java.util.Arrays.copyOfRange(request, request.length - proof, request.length);
    assertThat(held.frameKey().authenticates(decoded, end)).as("answer mac").isTrue();
    return decoded;
  }

  static Answer decode(byte[] answer) {
    try {
      return Answer.decode(answer);
    } catch (MalformedFrameException e) {
      throw new AssertionError("the gateway sent no frame: " + e.getMessage(), e);
    }
  }
}
