package io.otakey.loadgen.device;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the factory gets of a product, as JSON: read into the image that all devices share. */
public final class Bundle {
  private static final String FORMAT = "otakey-bundle/1";
  private static final int KEY_LENGTH = 32;

  private final List<String> problems = new ArrayList<>();
  private final JsonNode root;

  private Bundle(JsonNode root) {
    this.root = root;
  }

  /**
   * Reads a bundle file.
   *
   * @throws BundleException if it cannot be read or is wrong, naming every fault
   */
  public static Firmware read(Path file) throws BundleException {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new BundleException(
          file + " cannot be read; make it with: otakey admin product bundle PRODUCT", e);
    }
  }

  /**
   * Reads a bundle.
   *
   * @throws BundleException if it is wrong, naming every fault
   */
  public static Firmware parse(String json) throws BundleException {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(json);
    } catch (JsonProcessingException e) {
      e.clearLocation(); // its text would show the key around the fault
      throw new BundleException("the bundle is not JSON", e);
    }
    return new Bundle(root).firmware();
  }

  private Firmware firmware() throws BundleException {
    check(FORMAT.equals(text("format")), "format must be " + FORMAT);
    String productId = text("productId");
    check(DeviceRef.isProductId(productId), "productId must match [a-z0-9][a-z0-9-]{0,31}");
    int version = root.path("productKeyVersion").asInt();
    check(version >= 1 && version <= 255, "productKeyVersion must be 1 to 255");
    Optional<byte[]> productKey = key(root.path("productKey"), "productKey");
    List<GatewayKey> gatewayKeys = new ArrayList<>();
    for (JsonNode node : root.path("gatewayKeys")) {
      int id = node.path("id").asInt();
      check(id >= 1 && id <= 255, "gatewayKeys[].id must be 1 to 255");
      key(node.path("publicKey"), "gatewayKeys[].publicKey")
          .ifPresent(bytes -> gatewayKeys.add(new GatewayKey(id, bytes)));
    }
    check(gatewayKeys.size() >= 1 && gatewayKeys.size() <= 4, "gatewayKeys must be 1 to 4");
    List<String> addresses = new ArrayList<>();
    root.path("gatewayAddresses").forEach(node -> addresses.add(node.asText()));
    check(addresses.size() == 1 || addresses.size() == 2, "gatewayAddresses must be 1 or 2");
    if (!problems.isEmpty() || productKey.isEmpty()) {
      throw new BundleException("the bundle is wrong: " + String.join("; ", problems), null);
    }
    return new Firmware(
        productId,
        version,
        FrameKey.shareable(Secret.adopt(productKey.get())),
        gatewayKeys,
        addresses,
        "loadgen",
        Set.of("mqtt", "mqtts", "http", "https"));
  }

  private String text(String field) {
    return root.path(field).asText();
  }

  private Optional<byte[]> key(JsonNode node, String name) {
    try {
      byte[] bytes = HexFormat.of().parseHex(node.asText());
      if (bytes.length == KEY_LENGTH) {
        return Optional.of(bytes);
      }
    } catch (IllegalArgumentException e) {
      problems.add(name + " must be hex");
      return Optional.empty();
    }
    problems.add(name + " must be 64 hex digits");
    return Optional.empty();
  }

  private void check(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
  }
}
