package io.otakey.protocol.handshake;

import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.key.PreSharedKey;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Request;
import java.util.Arrays;

/** The gateway's side of a key delivery: opens an ENROLL or ROTATE and seals the GRANT. */
public final class GatewayHandshake {
  private final Noise.Responder noise;
  private final OpeningPayload payload;

  private GatewayHandshake(Noise.Responder noise, OpeningPayload payload) {
    this.noise = noise;
    this.payload = payload;
  }

  /**
   * Opens the request's Noise message; costs one agreement.
   *
   * @throws HandshakeFailedException if it does not decrypt under these keys
   * @throws MalformedFrameException if it decrypts, but its payload is not what it must be
   */
  public static GatewayHandshake open(
      Request.Opening request, X25519.KeyPair gatewayStatic, PreSharedKey psk)
      throws HandshakeFailedException, MalformedFrameException {
    Noise.Responder noise = new Noise.Responder(request.prologue(), gatewayStatic, psk);
    OpeningPayload payload = OpeningPayload.decode(noise.read(request.noiseMessage()));
    return new GatewayHandshake(noise, payload);
  }

  /** What the device said of itself. */
  public OpeningPayload payload() {
    return payload;
  }

  /**
   * Seals the grant; costs one agreement beside the key generation. The handshake is over then.
   *
   * @param ephemeral fresh for every grant
   */
  public Answer.Grant grant(GrantPayload grant, X25519.KeyPair ephemeral)
      throws HandshakeFailedException {
    byte[] plain = grant.encode();
    try {
      return Answer.Grant.of(noise.write(plain, ephemeral));
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  /** Noise's handshake hash, once the grant is sealed: both sides have the same. */
  public byte[] hash() {
    return noise.hash();
  }

  /** Wipes what is left; for a handshake that ends without a grant. */
  public void abort() {
    noise.wipe();
  }
}
