package io.otakey.protocol.handshake;

import io.otakey.protocol.crypto.Aead;
import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.key.PreSharedKey;
import java.util.Arrays;

/** Noise's SymmetricState together with its CipherState (Noise rev 34, 5.1 and 5.2). */
final class SymmetricState {
  private byte[] hash;
  private byte[] chainingKey;
  private byte[] key = new byte[0];
  private long nonce;

  /**
   * Starts with the prologue, the responder's static key, as the pattern's {@code <- s} asks, and
   * the psk, its first token. MixKeyAndHash makes no cipher key here: it would be replaced unused.
   */
  SymmetricState(byte[] prologue, byte[] responderStatic, PreSharedKey psk) {
    hash = PreSharedKey.noiseStart();
    chainingKey = psk.chainingKey().expose().clone();
    mixHash(prologue);
    mixHash(responderStatic);
    mixHash(psk.forHash().expose());
  }

  private SymmetricState(SymmetricState other) {
    hash = other.hash;
    chainingKey = other.chainingKey.clone();
    key = other.key.clone();
    nonce = other.nonce;
  }

  SymmetricState copy() {
    return new SymmetricState(this);
  }

  void mixHash(byte[] data) {
    hash = Hmac.sha256(hash, data);
  }

  /**
   * Also MixHash: an ephemeral key under a psk is mixed into both (9.2). Makes no cipher key: an
   * agreement follows in every message of the pattern, and replaces it unused.
   */
  void mixEphemeral(byte[] publicKey) {
    mixHash(publicKey);
    setChainingKey(Hmac.noiseHkdf(chainingKey, publicKey, 1)[0]);
  }

  void mixKey(Secret shared) {
    byte[][] mixed = Hmac.noiseHkdf(chainingKey, shared.expose(), 2);
    setChainingKey(mixed[0]);
    setKey(mixed[1]);
  }

  byte[] encryptAndHash(byte[] plain) {
    byte[] sealed = Aead.seal(key, nonce++, hash, plain);
    mixHash(sealed);
    return sealed;
  }

  byte[] decryptAndHash(byte[] sealed, int from) throws HandshakeFailedException {
    byte[] plain =
        Aead.open(key, nonce, hash, sealed, from)
            .orElseThrow(() -> new HandshakeFailedException("the Noise message does not decrypt"));
    nonce++;
    mixHash(Arrays.copyOfRange(sealed, from, sealed.length));
    return plain;
  }

  byte[] hash() {
    return hash.clone();
  }

  void wipe() {
    Arrays.fill(chainingKey, (byte) 0);
    Arrays.fill(key, (byte) 0);
  }

  private void setChainingKey(byte[] fresh) {
    Arrays.fill(chainingKey, (byte) 0);
    chainingKey = fresh;
  }

  private void setKey(byte[] fresh) {
    Arrays.fill(key, (byte) 0);
    key = fresh;
    nonce = 0;
  }
}
