package io.otakey.protocol.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/** HMAC-SHA256, HKDF (RFC 5869) and SHA-256 by the JDK's default provider. Thread-safe. */
public final class Hmac {
  /** Bytes of every digest here. */
  public static final int LENGTH = 32;

  private static final ThreadLocal<Mac> MAC = ThreadLocal.withInitial(Hmac::newMac);
  private static final ThreadLocal<MessageDigest> SHA256 = ThreadLocal.withInitial(Hmac::newSha256);

  private Hmac() {}

  /** HMAC-SHA256 over the concatenation of the parts. */
  public static byte[] hmac(byte[] key, byte[]... parts) {
    Mac mac = MAC.get();
    try {
      mac.init(new RawKey(key, "HmacSHA256"));
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("HMAC refused a raw key", e);
    }
    for (byte[] part : parts) {
      mac.update(part);
    }
    return mac.doFinal();
  }

  /** {@code expand(K, info)} of protocol section 2: one block of HKDF-Expand. */
  public static Secret expand(Secret key, byte[]... info) {
    byte[][] parts = new byte[info.length + 1][];
    System.arraycopy(info, 0, parts, 0, info.length);
    parts[info.length] = ONE;
    return Secret.adopt(hmac(key.expose(), parts));
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

  private static Mac newMac() {
    try {
      return Mac.getInstance("HmacSHA256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no HMAC-SHA256", e);
    }
  }

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
