package io.otakey.gateway.webhook;

import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Signatures as the Standard Webhooks specification has them, so that its libraries verify ours:
 * HMAC-SHA256 over id, timestamp and body.
 */
final class Signature {
  private Signature() {}

  /** The header's value: one signature for each secret. */
  static String of(List<Secret> secrets, String id, long seconds, byte[] body) {
    byte[] head = (id + "." + seconds + ".").getBytes(StandardCharsets.US_ASCII);
    List<String> all = new ArrayList<>();
    for (Secret secret : secrets) {
      byte[] mac = Hmac.hmac(secret.expose(), head, body);
      all.add("v1," + Base64.getEncoder().encodeToString(mac));
    }
    return String.join(" ", all);
  }
}
