package io.otakey.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.handshake.GrantPayload.Offer;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.PreSharedKey;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * I4: a recorded delivery stays closed to whoever later holds the product key, every other device
 * key and the gateway's private key. As far as a test can: everything that such a thief can compute
 * is tried in the place of the one secret that he lacks.
 */
class SecrecyTest {
  private static final X25519 CURVE = X25519.choose().x25519();
  private static final DeviceRef REF = new DeviceRef("demo", "device-1");

  private final X25519.KeyPair gatewayStatic = CURVE.generate();
  private final GatewayKey gatewayKey = new GatewayKey(1, gatewayStatic.publicKey());
  private final Secret productKey = secret(1);
  private final Secret firstKey = secret(2);
  private final Secret secondKey = secret(3);
  private final Secret laterKey = secret(4);

  /** A delivery on the wire, and the one secret that was thrown away. */
  private record Recorded(Request.Opening request, Answer.Grant grant, Secret ephemeralSecret) {}

  @Test
  void enrollment_isNotOpenedByAllLongTermKeys() throws Exception {
    X25519.KeyPair device = CURVE.generate();
    DeviceHandshake handshake =
        DeviceHandshake.enroll(
            REF, 1, new FrameKey(productKey.copy()), gatewayKey, device, OpeningPayload.EMPTY);
    staysClosed(record(handshake, device, productKey, 1, firstKey));
  }

  @Test
  void rotation_isNotOpenedByAllLongTermKeys() throws Exception {
    X25519.KeyPair device = CURVE.generate();
    KeyRef current = new KeyRef(REF, 1, Token.ofHex("0a"));
    DeviceHandshake handshake =
        DeviceHandshake.rotate(
            current, new FrameKey(firstKey.copy()), gatewayKey, device, OpeningPayload.EMPTY);
    staysClosed(record(handshake, device, firstKey, 2, secondKey));
  }

  private Recorded record(
      DeviceHandshake handshake, X25519.KeyPair device, Secret opener, long epoch, Secret granted)
      throws Exception {
    Request.Opening request = (Request.Opening) Request.decode(handshake.request());
    X25519.KeyPair gateway = CURVE.generate();
    GrantPayload payload =
        new GrantPayload(
            epoch,
            granted.copy(),
            Token.ofHex("0b"),
            new Offer.Unchanged(),
            0,
            OptionalLong.empty());
    Answer.Grant grant =
        GatewayHandshake.open(request, gatewayStatic, PreSharedKey.of(psk(opener)))
            .grant(payload, gateway);
    assertThat(handshake.open(grant).orElseThrow().deviceKey()).isEqualTo(granted);
    return new Recorded(request, grant, device.agree(gateway.publicKey()).orElseThrow());
  }

  private void staysClosed(Recorded recorded) {
    List<Secret> guesses = everythingTheThiefHas(recorded);
    for (Secret psk : guesses) {
      for (Secret ephemeral : guesses) {
        assertThat(attack(recorded, psk, ephemeral)).isEmpty();
      }
    }
    boolean opens = false;
    for (Secret psk : guesses) {
      opens |= attack(recorded, psk, recorded.ephemeralSecret()).isPresent();
    }
    assertThat(opens).as("the attack works with the ephemeral secret").isTrue();
  }

  /** Keys, what is derived from them, and every agreement with what is on the wire. */
  private List<Secret> everythingTheThiefHas(Recorded recorded) {
    List<Secret> all = new ArrayList<>();
    for (Secret key : List.of(productKey, firstKey, secondKey, laterKey)) {
      boolean delivered =
          key.equals(recorded.request().type().code() == 0x11 ? firstKey : secondKey);
      if (!delivered) {
        all.add(key);
        all.add(psk(key));
        all.add(
            Hmac.expand(
                key, "otakey/1 guard".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        all.add(
            Hmac.expand(key, "otakey/1 mac".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
      }
    }
    byte[] deviceEphemeral = Arrays.copyOf(recorded.request().noiseMessage(), 32);
    byte[] gatewayEphemeral = Arrays.copyOf(recorded.grant().noiseMessage(), 32);
    for (byte[] peer : List.of(deviceEphemeral, gatewayEphemeral, gatewayKey.publicKey())) {
      all.add(gatewayStatic.agree(peer).orElseThrow());
      all.add(Secret.adopt(peer));
    }
    all.add(Secret.adopt(new byte[32]));
    return all;
  }

  /** Noise by hand, with guesses for the psk and for the ephemeral agreement. */
  private Optional<GrantPayload> attack(Recorded recorded, Secret psk, Secret ephemeral) {
    byte[] first = recorded.request().noiseMessage();
    byte[] second = recorded.grant().noiseMessage();
    try {
      SymmetricState state =
          new SymmetricState(
              recorded.request().prologue(), gatewayKey.publicKey(), PreSharedKey.of(psk));
      byte[] deviceEphemeral = Arrays.copyOf(first, 32);
      state.mixEphemeral(deviceEphemeral);
      state.mixKey(gatewayStatic.agree(deviceEphemeral).orElseThrow());
      state.decryptAndHash(first, 32);
      state.mixEphemeral(Arrays.copyOf(second, 32));
      state.mixKey(ephemeral);
      return Optional.of(GrantPayload.decode(state.decryptAndHash(second, 32)));
    } catch (HandshakeFailedException | io.otakey.protocol.wire.MalformedFrameException e) {
      return Optional.empty();
    }
  }

  private static Secret psk(Secret key) {
    return Hmac.expand(key, "otakey/1 psk".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  private static Secret secret(int filler) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) filler);
    return Secret.adopt(bytes);
  }
}
