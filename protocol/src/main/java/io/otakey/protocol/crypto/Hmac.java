package io.otakey.protocol.crypto;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * HMAC-SHA256 (RFC 2104), HKDF (RFC 5869) and SHA-256 on the JDK's SHA-256. Thread-safe. The JDK's
 * own {@code Mac} is not used: it keeps the last key's pads in memory, and takes longer.
 */
public final class Hmac {
  /** Bytes of every digest here. */
  public static final int LENGTH = 32;

  private static final int BLOCK = 64;
  private static final byte INNER = 0x36;
  private static final byte OUTER = 0x5c;

  private static final ThreadLocal<MessageDigest> SHA256 = ThreadLocal.withInitial(Hmac::newSha256);

  private Hmac() {}

  /** HMAC-SHA256 over the concatenation of the parts; the key has at most 64 bytes. */
  public static byte[] hmac(byte[] key, byte[]... parts) {
    if (key.length > BLOCK) {
      throw new IllegalArgumentException("no key here is longer than a block");
    }
    byte[] pad = new byte[BLOCK];
    MessageDigest digest = SHA256.get();
    digest.update(fill(pad, key, INNER));
    for (byte[] part : parts) {
      digest.update(part);
    }
    byte[] inner = digest.digest();
    digest.update(fill(pad, key, OUTER));
    Arrays.fill(pad, (byte) 0);
    return digest.digest(inner);
  }

  private static byte[] fill(byte[] pad, byte[] key, byte filler) {
    Arrays.fill(pad, filler);
    for (int i = 0; i < key.length; i++) {
      pad[i] ^= key[i];
    }
    return pad;
  }

  /** {@code expand(K, info)} of protocol section 2: one block of HKDF-Expand. */
  public static Secret expand(Secret key, byte[]... info) {
    byte[][] parts = new byte[info.length + 1][];
    System.arraycopy(info, 0, parts, 0, info.length);
    parts[info.length] = ONE;
    return Secret.adopt(hmac(key.expose(), parts));
  }

  /**
   * HKDF as Noise has it (rev 34, 4.3): the first one or two outputs.
   *
   * @param chainingKey 32 bytes, as every output has
   */
  public static byte[][] noiseHkdf(byte[] chainingKey, byte[] input, int outputs) {
    byte[] temporary = hmac(chainingKey, input);
    byte[][] all = new byte[outputs][];
    byte[] last = {};
    for (int i = 0; i < outputs; i++) {
      last = hmac(temporary, last, new byte[] {(byte) (i + 1)});
      all[i] = last;
    }
    Arrays.fill(temporary, (byte) 0);
    return all;
  }

  /** SHA-256 over the concatenation of the parts. */
  public static byte[] sha256(byte[]... parts) {
    MessageDigest digest = SHA256.get();
    for (byte[] part : parts) {
      digest.update(part);
    }
    return digest.digest();
  }

  private static final byte[] ONE = {1};

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  /** A key that keeps no copy of its own, as {@code SecretKeySpec} would. */
  record RawKey(byte[] bytes, String algorithm) implements SecretKey {
    private static final long serialVersionUID = 1L;

    @Override
    public String getAlgorithm() {
      return algorithm;
    }

    @Override
    public String getFormat() {
      return "RAW";
    }

    @Override
    public byte[] getEncoded() {
      return bytes.clone();
    }

    @Override
    public String toString() {
      return "RawKey";
    }
  }
}
