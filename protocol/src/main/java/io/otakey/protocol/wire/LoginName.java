package io.otakey.protocol.wire;

import java.util.HexFormat;
import java.util.Optional;

/**
 * What a device calls itself at its platform (protocol section 5): its default user name, a dot,
 * and the token of the key whose platform secret it shows. Names that begin with another user name,
 * or with none since the default one does not fit, do not tell the device and are none of these.
 */
public record LoginName(DeviceRef ref, Token token) {
  /** Reads a login name; empty if it is not exactly as {@link #toString} writes it. */
  public static Optional<LoginName> parse(String text) {
    int productEnd = text.indexOf('.');
    int userEnd = text.lastIndexOf('.');
    if (productEnd < 0 || productEnd == userEnd || userEnd > Connection.MAX_NAME) {
      return Optional.empty();
    }
    String product = text.substring(0, productEnd);
    String device = text.substring(productEnd + 1, userEnd).replace("%3A", ":");
    Optional<Token> token = token(text.substring(userEnd + 1));
    if (token.isEmpty() || !DeviceRef.isProductId(product) || !DeviceRef.isDeviceId(device)) {
      return Optional.empty();
    }
    LoginName name = new LoginName(new DeviceRef(product, device), token.get());
    return name.toString().equals(text) ? Optional.of(name) : Optional.empty();
  }

  /** The name as it is shown to the platform. */
  @Override
  public String toString() {
    return Connection.defaultUserName(ref) + "." + token.hex();
  }

  private static Optional<Token> token(String hex) {
    try {
      byte[] bytes = HexFormat.of().parseHex(hex);
      return bytes.length == 0 || bytes.length > Token.MAX_LENGTH
          ? Optional.empty()
          : Optional.of(Token.of(bytes));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
