package io.otakey.protocol.crypto;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Key bytes. Never printed (there is no {@code toString} of its own), compared in constant time,
 * and wiped by whoever owns it. Reading a wiped secret is a bug and throws. Not thread-safe while
 * it is being wiped.
 */
public final class Secret implements AutoCloseable {
  private final byte[] bytes;
  private boolean wiped;

  private Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A secret that owns this very array; the caller must not touch it any more. */
  public static Secret adopt(byte[] bytes) {
    return new Secret(bytes);
  }

  /** A secret with a copy of the bytes. */
  public static Secret copyOf(byte[] bytes) {
    return new Secret(bytes.clone());
  }

  /** Another secret with the same bytes, wiped on its own. */
  public Secret copy() {
    return copyOf(expose());
  }

  /** The bytes themselves, not a copy: do not keep, change or print them. */
  public byte[] expose() {
    if (wiped) {
      throw new IllegalStateException("the secret was wiped");
    }
    return bytes;
  }

  /** Number of bytes. */
  public int length() {
    return bytes.length;
  }

  /** Overwrites the bytes with zeros; may be repeated. */
  public void wipe() {
    Arrays.fill(bytes, (byte) 0);
    wiped = true;
  }

  @Override
  public void close() {
    wipe();
  }

  /** Constant-time comparison of two byte strings of equal length. */
  public static boolean equal(byte[] left, byte[] right) {
    return MessageDigest.isEqual(left, right);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && equal(bytes, secret.bytes);
  }

  /** Says nothing about the bytes. */
  @Override
  public int hashCode() {
    return bytes.length;
  }
}
