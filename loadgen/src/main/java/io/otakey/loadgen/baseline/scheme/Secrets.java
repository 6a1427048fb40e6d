package io.otakey.loadgen.baseline.scheme;

import java.security.SecureRandom;
import java.util.Base64;

/** Secrets of a run. */
final class Secrets {
  private static final SecureRandom RANDOM = new SecureRandom();
  static final int LENGTH = 32;

  private Secrets() {}

  static byte[] bytes() {
    byte[] secret = new byte[LENGTH];
    RANDOM.nextBytes(secret);
    return secret;
  }

  /** 43 characters that any protocol carries. */
  static String text() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes());
  }
}
