package io.otakey.gateway.registry;

import io.otakey.protocol.wire.DeviceRef;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a device reaches its cloud: the connection map of protocol section 5. Immutable.
 *
 * @param platformId form of a product id
 * @param scheme 1 to 8 lower-case characters, as "mqtts"
 * @param host 1 to 128 characters
 * @param port 1..65535
 * @param clientId up to 64 characters
 * @param userName up to 64 characters
 * @param topicPrefix up to 64 characters
 * @param spkiSha256 SHA-256 of the SubjectPublicKeyInfo of a certificate in the platform's chain,
 *     32 bytes; not to be changed by the reader
 */
public record Connection(
    String platformId,
    String scheme,
    String host,
    int port,
    Optional<String> clientId,
    Optional<String> userName,
    Optional<String> topicPrefix,
    Optional<byte[]> spkiSha256) {
  /** The largest id. */
  public static final int MAX_ID = 65_535;

  private static final Pattern PLATFORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
  private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]{0,7}");

  /** Adds a sentence for every field outside its range. */
  public void validate(List<String> problems) {
    if (!PLATFORM.matcher(platformId).matches()) {
      problems.add("platform id must match " + PLATFORM.pattern());
    }
    if (!SCHEME.matcher(scheme).matches()) {
      problems.add("scheme must match " + SCHEME.pattern());
    }
    if (host.isBlank() || host.length() > 128) {
      problems.add("host must have 1 to 128 characters");
    }
    if (port < 1 || port > 65_535) {
      problems.add("port is outside 1..65535");
    }
    checkLength("client id", clientId, problems);
    checkLength("user name", userName, problems);
    checkLength("topic prefix", topicPrefix, problems);
    if (spkiSha256.isPresent() && spkiSha256.get().length != 32) {
      problems.add("the hash of the platform's public key must have 32 bytes (SHA-256)");
    }
  }

  /**
   * As it is granted to one device: with its default user name, unless there is one or it does not
   * fit.
   */
  public io.otakey.protocol.wire.Connection offeredTo(DeviceRef device) {
    String byDefault = io.otakey.protocol.wire.Connection.defaultUserName(device);
    boolean fits = byDefault.length() <= io.otakey.protocol.wire.Connection.MAX_NAME;
    return new io.otakey.protocol.wire.Connection(
        platformId,
        scheme,
        host,
        port,
        clientId,
        userName.or(() -> fits ? Optional.of(byDefault) : Optional.empty()),
        topicPrefix,
        spkiSha256);
  }

  private static void checkLength(String what, Optional<String> text, List<String> problems) {
    if (text.isPresent() && (text.get().isEmpty() || text.get().length() > 64)) {
      problems.add(what + " must have 1 to 64 characters, or be left out");
    }
  }
}
