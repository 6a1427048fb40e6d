package io.otakey.protocol.device;

import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.Connection;
import java.util.List;
import java.util.Set;

/**
 * The image that all devices of a product share.
 *
 * @param productKeyVersion 1..255
 * @param productKey made by {@link FrameKey#shareable} if several threads use it
 * @param gatewayKeys 1 to 4
 * @param gatewayAddresses 1 or 2 host names or addresses
 * @param version told to the gateway, up to 32 bytes
 * @param schemes of platform connections that the firmware can serve
 */
public record Firmware(
    String productId,
    int productKeyVersion,
    FrameKey productKey,
    List<GatewayKey> gatewayKeys,
    List<String> gatewayAddresses,
    String version,
    Set<String> schemes) {
  private static final int MAX_KEYS = 4;
  private static final int MAX_ADDRESSES = 2;

  /** Refuses a wrong number of gateway keys or addresses. */
  public Firmware {
    gatewayKeys = List.copyOf(gatewayKeys);
    gatewayAddresses = List.copyOf(gatewayAddresses);
    schemes = Set.copyOf(schemes);
    if (gatewayKeys.isEmpty() || gatewayKeys.size() > MAX_KEYS) {
      throw new IllegalArgumentException("a firmware holds 1 to 4 gateway keys");
    }
    if (gatewayAddresses.isEmpty() || gatewayAddresses.size() > MAX_ADDRESSES) {
      throw new IllegalArgumentException("a firmware holds 1 or 2 gateway addresses");
    }
  }

  boolean serves(Connection connection) {
    return schemes.contains(connection.scheme());
  }

  /** The gateway key to use on the nth turn: every address is tried before the next key. */
  GatewayKey gatewayKey(int turn) {
    return gatewayKeys.get(turn / gatewayAddresses.size() % gatewayKeys.size());
  }

  String gatewayAddress(int turn) {
    return gatewayAddresses.get(turn % gatewayAddresses.size());
  }

  /** Number of turns after which all starts again. */
  int turns() {
    return gatewayKeys.size() * gatewayAddresses.size();
  }
}
