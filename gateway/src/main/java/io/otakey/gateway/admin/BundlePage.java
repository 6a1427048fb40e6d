package io.otakey.gateway.admin;

import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A bundle as one flash page of fixed layout; the byte table is in docs/operations.md. Unused bytes
 * are zero, numbers are little-endian.
 */
final class BundlePage {
  static final int LENGTH = 348;

  private static final int PRODUCT_ID_AT = 16;
  private static final int PRODUCT_KEY_AT = 48;
  private static final int KEY_IDS_AT = 80;
  private static final int KEYS_AT = 84;
  private static final int ADDRESSES_AT = 212;
  private static final int CHECK_AT = 340;
  private static final byte LAYOUT = 1;

  private BundlePage() {}

  static byte[] write(Bundle bundle, long pageAddress) {
    ByteBuffer page = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    byte[] productId = ascii(bundle.productId());
    page.put(ascii("OTKB"));
    page.put(LAYOUT);
    page.put((byte) productId.length);
    page.put((byte) bundle.productKeyVersion());
    page.put((byte) bundle.gatewayKeys().size());
    page.putInt((int) pageAddress);
    int at = ADDRESSES_AT;
    for (String address : bundle.gatewayAddresses()) {
      page.put((byte) address.length());
      page.put(at, ascii(address));
      at += Bundle.MAX_ADDRESS;
    }
    page.put(PRODUCT_ID_AT, productId);
    page.put(PRODUCT_KEY_AT, bundle.productKey().expose());
    for (int i = 0; i < bundle.gatewayKeys().size(); i++) {
      GatewayKey key = bundle.gatewayKeys().get(i);
      page.put(KEY_IDS_AT + i, (byte) key.id());
      page.put(KEYS_AT + i * key.publicKey().length, key.publicKey());
    }
    byte[] covered = Arrays.copyOf(page.array(), CHECK_AT);
    page.put(CHECK_AT, ApiTokenText.sha256(covered), 0, LENGTH - CHECK_AT);
    Arrays.fill(covered, (byte) 0);
    return page.array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
