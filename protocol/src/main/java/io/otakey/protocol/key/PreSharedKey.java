package io.otakey.protocol.key;

import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import java.nio.charset.StandardCharsets;

/**
 * The psk of a handshake, taken as far as Noise gets with it alone: NKpsk0 mixes it in first, while
 * the chaining key is still the hash of the protocol's name, so that what comes of it (Noise rev
 * 34, MixKeyAndHash) is the same for every handshake under one key, and made once. Holds no psk any
 * more; close it to wipe what it holds.
 */
public final class PreSharedKey implements AutoCloseable {
  private static final byte[] NOISE_START =
      Hmac.sha256("Noise_NKpsk0_25519_ChaChaPoly_SHA256".getBytes(StandardCharsets.US_ASCII));

  private final Secret chainingKey;
  private final Secret forHash;

  private PreSharedKey(Secret chainingKey, Secret forHash) {
    this.chainingKey = chainingKey;
    this.forHash = forHash;
  }

  /** Mixes a psk of 32 bytes in; the psk stays the caller's. */
  public static PreSharedKey of(Secret psk) {
    byte[][] mixed = Hmac.noiseHkdf(NOISE_START, psk.expose(), 2);
    return new PreSharedKey(Secret.adopt(mixed[0]), Secret.adopt(mixed[1]));
  }

  /** Hash and chaining key that every handshake starts with. */
  public static byte[] noiseStart() {
    return NOISE_START.clone();
  }

  /** The chaining key after the psk. */
  public Secret chainingKey() {
    return chainingKey;
  }

  /** What goes into the handshake's hash in the psk's place. */
  public Secret forHash() {
    return forHash;
  }

  /** Wipes both. */
  @Override
  public void close() {
    chainingKey.wipe();
    forHash.wipe();
  }
}
