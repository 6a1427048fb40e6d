package io.otakey.protocol.handshake;

import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.EnrollRequest;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.RotateRequest;
import java.util.Arrays;
import java.util.Optional;

/**
 * The device's side of a key delivery: makes the ENROLL or ROTATE and opens the GRANT. A device has
 * at most one open handshake (protocol section 4). Not thread-safe.
 */
public final class DeviceHandshake implements AutoCloseable {
  private final Noise.Initiator noise;
  private final byte[] request;

  private DeviceHandshake(
      byte[] prologue,
      FrameKey key,
      byte[] gatewayPublicKey,
      X25519.KeyPair ephemeral,
      OpeningPayload payload)
      throws HandshakeFailedException {
    noise = new Noise.Initiator(prologue, gatewayPublicKey, key.psk(), ephemeral);
    byte[] message = noise.write(payload.encode());
    byte[] covered = join(prologue, message);
    request = join(covered, key.guard(covered));
  }

  /**
   * Opens an enrollment.
   *
   * @param productKey of the version named
   * @param ephemeral fresh for every request; never the same with other content
   */
  public static DeviceHandshake enroll(
      DeviceRef ref,
      int pkVersion,
      FrameKey productKey,
      GatewayKey gateway,
      X25519.KeyPair ephemeral,
      OpeningPayload payload)
      throws HandshakeFailedException {
    return new DeviceHandshake(
        EnrollRequest.prologue(ref, pkVersion, gateway.id()),
        productKey,
        gateway.publicKey(),
        ephemeral,
        payload);
  }

  /** Opens a rotation under the key named. */
  public static DeviceHandshake rotate(
      KeyRef key,
      FrameKey deviceKey,
      GatewayKey gateway,
      X25519.KeyPair ephemeral,
      OpeningPayload payload)
      throws HandshakeFailedException {
    return new DeviceHandshake(
        RotateRequest.prologue(key, gateway.id()),
        deviceKey,
        gateway.publicKey(),
        ephemeral,
        payload);
  }

  /** The request frame; repeated byte for byte while this handshake is open. */
  public byte[] request() {
    return request.clone();
  }

  /**
   * What the grant carries, or empty if it does not belong to this handshake or is ill-formed; the
   * handshake then stays open.
   */
  public Optional<GrantPayload> open(Answer.Grant grant) {
    byte[] payload = new byte[0];
    try {
      payload = noise.read(grant.noiseMessage());
      return Optional.of(GrantPayload.decode(payload));
    } catch (HandshakeFailedException | MalformedFrameException e) {
      return Optional.empty();
    } finally {
      Arrays.fill(payload, (byte) 0);
    }
  }

  @Override
  public void close() {
    noise.wipe();
  }

  private static byte[] join(byte[] head, byte[] tail) {
    byte[] joined = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }

  /**
   * A static key of the gateway, as the firmware holds it.
   *
   * @param id 1..255
   * @param publicKey 32 bytes
   */
  public record GatewayKey(int id, byte[] publicKey) {}
}
