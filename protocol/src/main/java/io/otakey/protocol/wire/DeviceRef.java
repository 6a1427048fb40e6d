package io.otakey.protocol.wire;

import java.nio.charset.StandardCharsets;

/**
 * One device of one product: the {@code ref} of protocol section 3.
 *
 * @param productId {@code [a-z0-9][a-z0-9-]{0,31}}, unique in the installation
 * @param deviceId {@code [A-Za-z0-9][A-Za-z0-9._:-]{0,63}}, case-sensitive, unique in the product
 */
public record DeviceRef(String productId, String deviceId) {
  /** Longest product id, in bytes. */
  public static final int MAX_PRODUCT_ID = 32;

  /** Longest device id, in bytes. */
  public static final int MAX_DEVICE_ID = 64;

  /** Refuses ids outside the alphabets of protocol section 3. */
  public DeviceRef {
    if (!isProductId(productId)) {
      throw new IllegalArgumentException("product id must match [a-z0-9][a-z0-9-]{0,31}");
    }
    if (!isDeviceId(deviceId)) {
      throw new IllegalArgumentException("device id must match [A-Za-z0-9][A-Za-z0-9._:-]{0,63}");
    }
  }

  /** Whether the text is a product id (platform ids have the same form). */
  public static boolean isProductId(String text) {
    int length = text.length();
    if (length < 1 || length > MAX_PRODUCT_ID || text.charAt(0) == '-') {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (!isLowerOrDigit(c) && c != '-') {
        return false;
      }
    }
    return true;
  }

  /** Whether the text is a device id. */
  public static boolean isDeviceId(String text) {
    int length = text.length();
    if (length < 1 || length > MAX_DEVICE_ID || !isAlphanumeric(text.charAt(0))) {
      return false;
    }
    for (int i = 1; i < length; i++) {
      char c = text.charAt(i);
      if (!isAlphanumeric(c) && c != '.' && c != '_' && c != ':' && c != '-') {
        return false;
      }
    }
    return true;
  }

  /** The bytes that go into frames and key derivations. */
  public byte[] encode() {
    FrameWriter writer = new FrameWriter();
    writer.ref(this);
    return writer.bytes();
  }

  byte[] productBytes() {
    return productId.getBytes(StandardCharsets.US_ASCII);
  }

  byte[] deviceBytes() {
    return deviceId.getBytes(StandardCharsets.US_ASCII);
  }

  private static boolean isLowerOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static boolean isAlphanumeric(char c) {
    return isLowerOrDigit(c) || (c >= 'A' && c <= 'Z');
  }
}
