package io.otakey.gateway.vault;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Where a product key comes from: the head of what is stored for it. Not a secret.
 *
 * @param imported the sealed key follows; else the vault derives it
 * @param root version of the root secret that it is derived from or sealed under
 */
public record KeySource(boolean imported, int root) {
  private static final int LENGTH = 5;
  private static final byte DERIVED = 1;
  private static final byte SEALED = 2;

  /** Reads the head of a stored source; empty if no vault wrote it. */
  public static Optional<KeySource> of(byte[] source) {
    if (source.length < LENGTH || (source[0] != DERIVED && source[0] != SEALED)) {
      return Optional.empty();
    }
    return Optional.of(new KeySource(source[0] == SEALED, ByteBuffer.wrap(source).getInt(1)));
  }

  byte[] encode() {
    return ByteBuffer.allocate(LENGTH).put(imported ? SEALED : DERIVED).putInt(root).array();
  }

  static byte[] rest(byte[] source) {
    return Arrays.copyOfRange(source, LENGTH, source.length);
  }
}
