package io.otakey.protocol.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.spec.IvParameterSpec;

/**
 * ChaCha20-Poly1305 (RFC 8439) with Noise's nonce: four zero bytes, then the counter in little
 * endian (Noise rev 34, 12.3). By the JDK's default provider. Thread-safe.
 */
public final class Aead {
  /** Bytes that sealing adds. */
  public static final int TAG_LENGTH = 16;

  private static final ThreadLocal<Cipher> CIPHER = ThreadLocal.withInitial(Aead::newCipher);

  private Aead() {}

  /** Ciphertext and tag. */
  public static byte[] seal(byte[] key, long counter, byte[] associated, byte[] plain) {
    try {
      return run(Cipher.ENCRYPT_MODE, key, counter, associated, plain, 0, plain.length);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20-Poly1305 failed to seal", e);
    }
  }

  /** The plain text of {@code sealed[from..]}, or empty if the tag does not fit. */
  public static Optional<byte[]> open(
      byte[] key, long counter, byte[] associated, byte[] sealed, int from) {
    if (sealed.length - from < TAG_LENGTH) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          run(Cipher.DECRYPT_MODE, key, counter, associated, sealed, from, sealed.length - from));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20-Poly1305 failed to open", e);
    }
  }

  private static byte[] run(
      int mode, byte[] key, long counter, byte[] associated, byte[] input, int from, int length)
      throws GeneralSecurityException {
    Hmac.RawKey raw = new Hmac.RawKey(key, "ChaCha20");
    IvParameterSpec nonce = new IvParameterSpec(nonce(counter));
    Cipher cipher = CIPHER.get();
    try {
      cipher.init(mode, raw, nonce);
    } catch (InvalidKeyException e) {
      // The JDK refuses the key and nonce it saw last; two ends in one test share both.
      cipher = newCipher();
      cipher.init(mode, raw, nonce);
    }
    cipher.updateAAD(associated);
    return cipher.doFinal(input, from, length);
  }

  private static byte[] nonce(long counter) {
    byte[] nonce = new byte[12];
    for (int i = 0; i < 8; i++) {
      nonce[4 + i] = (byte) (counter >>> (8 * i));
    }
    return nonce;
  }

  private static Cipher newCipher() {
    try {
      return Cipher.getInstance("ChaCha20-Poly1305");
    } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
      throw new IllegalStateException("this JDK has no ChaCha20-Poly1305", e);
    }
  }
}
