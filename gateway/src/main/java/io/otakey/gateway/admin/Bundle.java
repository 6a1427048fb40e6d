package io.otakey.gateway.admin;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a factory puts into the firmware of one product. Holds the product key: never printed.
 *
 * @param productKeyVersion 1..255
 * @param gatewayKeys 1 to 4, the one to use first comes first
 * @param gatewayAddresses 1 or 2 DNS names or IP addresses
 */
record Bundle(
    String productId,
    int productKeyVersion,
    Secret productKey,
    List<GatewayKey> gatewayKeys,
    List<String> gatewayAddresses) {
  static final int MAX_GATEWAY_KEYS = 4;
  static final int MAX_ADDRESSES = 2;
  static final int MAX_ADDRESS = 64;

  private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9.:-]{1," + MAX_ADDRESS + "}");

  Bundle {
    gatewayKeys = List.copyOf(gatewayKeys);
    gatewayAddresses = List.copyOf(gatewayAddresses);
  }

  /** Adds a sentence for everything that is wrong with a list of gateway addresses. */
  static void checkAddresses(String what, List<String> addresses, List<String> problems) {
    if (addresses.isEmpty() || addresses.size() > MAX_ADDRESSES) {
      problems.add(what + " must hold 1 or 2 addresses, as devices know the gateway");
    }
    if (!addresses.stream().allMatch(address -> ADDRESS.matcher(address).matches())) {
      problems.add(
          what + " must hold DNS names or IP addresses of at most " + MAX_ADDRESS + " characters");
    }
  }

  /** Says nothing about the key. */
  @Override
  public String toString() {
    return "Bundle[" + productId + ", key version " + productKeyVersion + "]";
  }
}
