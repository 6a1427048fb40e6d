package io.otakey.protocol.key;

import io.otakey.protocol.wire.Token;
import java.util.Optional;

/**
 * What the gateway writes into the tokens it grants (protocol section 6.1): 15 bytes that let any
 * node derive the device key again and decide about it without having stored anything.
 *
 * @param allocationSecretId which allocation secret derives the key, 1..255
 * @param kind how the key came about
 * @param pkVersion version of the product key at enrollment, 1..255; 0 for the other kinds
 * @param generation the product's recovery counter when it was granted, 1..255
 * @param attempt the row's counter when it was granted, 0..65535
 * @param connectionId connection granted along with the key, 0 = unchanged, at most 65535
 * @param salt 7 bytes that depend on the whole request
 */
public record GrantToken(
    int allocationSecretId,
    Kind kind,
    int pkVersion,
    int generation,
    int attempt,
    int connectionId,
    byte[] salt) {
  /** Bytes of a token of this gateway. */
  public static final int LENGTH = 15;

  /** Bytes of the salt. */
  public static final int SALT_LENGTH = 7;

  /** The largest attempt that fits a token. */
  public static final int MAX_ATTEMPT = 0xffff;

  /** How a key came about. */
  public enum Kind {
    /** Granted to an ENROLL. */
    ENROLL(1),
    /** Granted to a ROTATE. */
    ROTATE(2),
    /** Granted to a ROTATE under a key of an earlier generation while the product recovers. */
    RECOVER(3);

    private static final Kind[] BY_CODE = values();

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The code on the wire. */
    public int code() {
      return code;
    }
  }

  /** Refuses values that do not fit their fields. */
  public GrantToken {
    boolean fits =
        in(allocationSecretId, 1, 255)
            && in(pkVersion, 0, 255)
            && in(generation, 1, 255)
            && in(attempt, 0, MAX_ATTEMPT)
            && in(connectionId, 0, 0xffff)
            && salt.length == SALT_LENGTH;
    if (!fits) {
      throw new IllegalArgumentException("value does not fit its field of the token");
    }
    salt = salt.clone();
  }

  /** The token's bytes. */
  public Token encode() {
    byte[] bytes = new byte[LENGTH];
    bytes[0] = (byte) allocationSecretId;
    bytes[1] = (byte) kind.code();
    bytes[2] = (byte) pkVersion;
    bytes[3] = (byte) generation;
    bytes[4] = (byte) (attempt >>> 8);
    bytes[5] = (byte) attempt;
    bytes[6] = (byte) (connectionId >>> 8);
    bytes[7] = (byte) connectionId;
    System.arraycopy(salt, 0, bytes, 8, SALT_LENGTH);
    return Token.of(bytes);
  }

  /**
   * Reads a token. Empty if this gateway cannot have granted it: wrong length, unknown kind, or an
   * id, version or generation of 0 where there must be one.
   */
  public static Optional<GrantToken> decode(Token token) {
    if (token.length() != LENGTH) {
      return Optional.empty();
    }
    int kindCode = token.at(1);
    if (token.at(0) == 0 || kindCode < 1 || kindCode > Kind.BY_CODE.length || token.at(3) == 0) {
      return Optional.empty();
    }
    byte[] salt = new byte[SALT_LENGTH];
    for (int i = 0; i < SALT_LENGTH; i++) {
      salt[i] = (byte) token.at(8 + i);
    }
    return Optional.of(
        new GrantToken(
            token.at(0),
            Kind.BY_CODE[kindCode - 1],
            token.at(2),
            token.at(3),
            (token.at(4) << 8) | token.at(5),
            (token.at(6) << 8) | token.at(7),
            salt));
  }

  private static boolean in(int value, int low, int high) {
    return value >= low && value <= high;
  }
}
