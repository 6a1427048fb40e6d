package io.otakey.protocol.key;

import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.wire.KeyRef;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A product allocation secret (PAS, protocol section 2): derives every device key of one product
 * under one allocation secret, so that no store holds a key. Thread-safe.
 */
public final class ProductAllocation {
  private static final byte[] DEVICE_KEY = ascii("otakey/1 device key");
  private static final byte[] SALT = ascii("otakey/1 salt");

  private final Secret secret;

  /** Derives the product's secret; the allocation secret stays the caller's. */
  public ProductAllocation(Secret allocationSecret, String productId) {
    this.secret = Hmac.expand(allocationSecret, ascii("otakey/1 product " + productId));
  }

  /** The device key that the reference names; the caller wipes it. */
  public Secret deviceKey(KeyRef key) {
    byte[] token = key.token().toBytes();
    long epoch = key.epoch();
    byte[] epochBytes = {
      (byte) (epoch >>> 24), (byte) (epoch >>> 16), (byte) (epoch >>> 8), (byte) epoch
    };
    return Hmac.expand(
        secret,
        DEVICE_KEY,
        new byte[] {(byte) token.length},
        token,
        key.ref().encode(),
        epochBytes);
  }

  /** The salt of the token that answers this request: the same request gets the same grant. */
  public byte[] salt(byte[] requestFrame) {
    try (Secret salt = Hmac.expand(secret, SALT, requestFrame)) {
      return Arrays.copyOf(salt.expose(), GrantToken.SALT_LENGTH);
    }
  }

  /** Overwrites the secret. */
  public void wipe() {
    secret.wipe();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
