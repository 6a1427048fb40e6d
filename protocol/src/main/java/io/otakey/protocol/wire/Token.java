package io.otakey.protocol.wire;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * The name of one granted device key, 1 to 32 bytes, opaque to the device (protocol section 3). Not
 * a secret: it names a key and reveals nothing of it.
 */
public final class Token {
  /** Longest token, in bytes. */
  public static final int MAX_LENGTH = 32;

  private final byte[] bytes;

  private Token(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A token with a copy of the bytes; refuses a length outside 1..32. */
  public static Token of(byte[] bytes) {
    if (bytes.length < 1 || bytes.length > MAX_LENGTH) {
      throw new IllegalArgumentException("a token has 1 to 32 bytes, not " + bytes.length);
    }
    return new Token(bytes.clone());
  }

  /** A token from lower-case or upper-case hex. */
  public static Token ofHex(String hex) {
    return of(HexFormat.of().parseHex(hex));
  }

  /** Number of bytes, 1..32. */
  public int length() {
    return bytes.length;
  }

  /** Byte {@code index} as an unsigned number. */
  public int at(int index) {
    return bytes[index] & 0xff;
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Lower-case hex, as it stands in platform login names. */
  public String hex() {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Token token && Arrays.equals(bytes, token.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return hex();
  }
}
