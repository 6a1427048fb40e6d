package io.otakey.gateway.admin;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/** The form of a token: 32 random bytes as 64 hex digits, stored as the SHA-256 of the bytes. */
final class ApiTokenText {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int LENGTH = 32;

  private ApiTokenText() {}

  static String generate() {
    byte[] bytes = new byte[LENGTH];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** The hash of a token; empty if the text has not the form of one. */
  static Optional<byte[]> hash(String token) {
    if (token.length() != 2 * LENGTH || !token.chars().allMatch(HexFormat::isHexDigit)) {
      return Optional.empty();
    }
    return Optional.of(sha256(HexFormat.of().parseHex(token)));
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
