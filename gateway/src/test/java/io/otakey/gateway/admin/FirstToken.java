package io.otakey.gateway.admin;

import java.util.HexFormat;
import java.util.function.Predicate;

/** The comparison of first admin tokens, for measurements. */
public final class FirstToken {
  private FirstToken() {}

  /** Whether a hash is that of the token. */
  public static Predicate<byte[]> comparison(byte[] sha256) {
    return BootstrapToken.ofHash(HexFormat.of().formatHex(sha256))::is;
  }
}
