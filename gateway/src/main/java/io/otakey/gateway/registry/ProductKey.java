package io.otakey.gateway.registry;

import java.util.Arrays;

/**
 * One version of a product's key. The key itself is derived by the vault, or was imported and
 * sealed by it.
 *
 * @param version 1..255
 * @param retired enrollment under it is refused
 * @param source what the vault makes the key from, as it gave it; not to be changed by the reader
 */
public record ProductKey(int version, boolean retired, byte[] source) {
  @Override
  public boolean equals(Object other) {
    return other instanceof ProductKey that
        && version == that.version
        && retired == that.retired
        && Arrays.equals(source, that.source);
  }

  @Override
  public int hashCode() {
    return 31 * version + Arrays.hashCode(source);
  }
}
