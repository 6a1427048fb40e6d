package io.otakey.loadgen.baseline.scheme;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** A shared access signature: who, until when, and HMAC-SHA256 over both. */
final class SasToken {
  private static final String PREFIX = "SharedAccessSignature ";
  private static final long LIFE_SECONDS = 3600;

  private SasToken() {}

  /**
   * A token for an hour.
   *
   * @param policy name of the policy; none if empty
   */
  static String make(byte[] key, String resource, String policy) {
    return make(key, resource, policy, Instant.now().getEpochSecond() + LIFE_SECONDS);
  }

  /**
   * A token until then.
   *
   * @param expiry seconds since 1970
   */
  static String make(byte[] key, String resource, String policy, long expiry) {
    String sr = encode(resource);
    String token =
        PREFIX + "sr=" + sr + "&sig=" + encode(signature(key, sr, expiry)) + "&se=" + expiry;
    return policy.isEmpty() ? token : token + "&skn=" + policy;
  }

  /** Whether a token was made with this key, for this resource, and is still good. */
  static boolean holds(String token, byte[] key, String resource) {
    if (!token.startsWith(PREFIX)) {
      return false;
    }
    Map<String, String> fields = new HashMap<>();
    for (String field : token.substring(PREFIX.length()).split("&", -1)) {
      int sign = field.indexOf('=');
      fields.put(field.substring(0, Math.max(0, sign)), field.substring(sign + 1));
    }
    try {
      long expiry = Long.parseLong(fields.getOrDefault("se", ""));
      String sr = encode(resource);
      String shown = URLDecoder.decode(fields.getOrDefault("sig", ""), StandardCharsets.US_ASCII);
      return expiry > Instant.now().getEpochSecond()
          && sr.equals(fields.get("sr"))
          && Macs.same(shown, signature(key, sr, expiry));
    } catch (IllegalArgumentException e) {
      return false; // neither a number nor an encoding
    }
  }

  private static String signature(byte[] key, String sr, long expiry) {
    return Base64.getEncoder().encodeToString(Macs.of(key, sr + "\n" + expiry));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
