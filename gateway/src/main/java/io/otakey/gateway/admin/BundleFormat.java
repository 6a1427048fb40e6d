package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The forms in which a factory gets a bundle. */
enum BundleFormat {
  /** For tools, and for virtual devices. */
  JSON,
  /** For a firmware build: defines and constant arrays. */
  C,
  /** For a flash programmer: one page. */
  HEX;

  private static final HexFormat HEX_DIGITS = HexFormat.of();

  String mediaType() {
    return switch (this) {
      case JSON -> "application/json";
      case C, HEX -> "text/plain; charset=us-ascii";
    };
  }

  String fileName(Bundle bundle) {
    String stem = bundle.productId() + "-" + bundle.productKeyVersion();
    return switch (this) {
      case JSON -> stem + ".json";
      case C -> "otakey_bundle.h";
      case HEX -> stem + ".hex";
    };
  }

  byte[] write(Bundle bundle, long pageAddress) {
    return switch (this) {
      case JSON -> json(bundle);
      case C -> header(bundle).getBytes(StandardCharsets.US_ASCII);
      case HEX ->
          IntelHex.write(pageAddress, BundlePage.write(bundle, pageAddress))
              .getBytes(StandardCharsets.US_ASCII);
    };
  }

  private static byte[] json(Bundle bundle) {
    ObjectNode json = Json.object();
    json.put("format", "otakey-bundle/1");
    json.put("productId", bundle.productId());
    json.put("productKeyVersion", bundle.productKeyVersion());
    json.put("productKey", HEX_DIGITS.formatHex(bundle.productKey().expose()));
    ArrayNode keys = json.putArray("gatewayKeys");
    for (GatewayKey key : bundle.gatewayKeys()) {
      keys.addObject().put("id", key.id()).put("publicKey", HEX_DIGITS.formatHex(key.publicKey()));
    }
    ArrayNode addresses = json.putArray("gatewayAddresses");
    bundle.gatewayAddresses().forEach(addresses::add);
    return io.otakey.gateway.admin.Json.bytes(json);
  }

  private static String header(Bundle bundle) {
    List<GatewayKey> keys = bundle.gatewayKeys();
    String ids = keys.stream().map(key -> "" + key.id()).collect(Collectors.joining(", "));
    String publicKeys =
        keys.stream()
            .map(key -> "    {" + bytes(key.publicKey()) + "}")
            .collect(Collectors.joining(",\n"));
    String addresses =
        bundle.gatewayAddresses().stream()
            .map(address -> "    \"" + address + "\"")
            .collect(Collectors.joining(",\n"));
    return """
        /* OTA-Key bundle of one product. Secret: it holds the product key. */
        #ifndef OTAKEY_BUNDLE_H
        #define OTAKEY_BUNDLE_H

        #include <stdint.h>

        #define OTAKEY_PRODUCT_ID "%s"
        #define OTAKEY_PRODUCT_KEY_VERSION %d
        #define OTAKEY_GATEWAY_KEY_COUNT %d
        #define OTAKEY_GATEWAY_ADDRESS_COUNT %d

        static const uint8_t otakey_product_key[32] = {%s};

        static const uint8_t otakey_gateway_key_ids[OTAKEY_GATEWAY_KEY_COUNT] = {%s};

        static const uint8_t otakey_gateway_keys[OTAKEY_GATEWAY_KEY_COUNT][32] = {
        %s};

        static const char *const otakey_gateway_addresses[OTAKEY_GATEWAY_ADDRESS_COUNT] = {
        %s};

        #endif
        """
        .formatted(
            bundle.productId(),
            bundle.productKeyVersion(),
            keys.size(),
            bundle.gatewayAddresses().size(),
            bytes(bundle.productKey().expose()),
            ids,
            publicKeys,
            addresses);
  }

  private static String bytes(byte[] bytes) {
    return IntStream.range(0, bytes.length)
        .mapToObj(i -> (i % 8 == 0 ? "\n        " : " ") + "0x" + HEX_DIGITS.toHexDigits(bytes[i]))
        .collect(Collectors.joining(","));
  }
}
