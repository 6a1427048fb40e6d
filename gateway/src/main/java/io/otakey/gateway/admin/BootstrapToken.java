package io.otakey.gateway.admin;

import io.otakey.protocol.crypto.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Set;

/**
 * The hash of a first admin token, with which the others are made. Such tokens are not in the
 * database; they are taken back by taking them out of the configuration or out of the folder.
 */
public final class BootstrapToken {
  /** The name in the audit log; no other token may have it. */
  public static final String NAME = "bootstrap";

  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final byte[] sha256;

  private BootstrapToken(byte[] sha256) {
    this.sha256 = sha256;
  }

  /**
   * A token that the operator made.
   *
   * @param hex SHA-256 of the token's 32 bytes, 64 hex digits
   * @throws IllegalArgumentException with the remedy, if it is not
   */
  public static BootstrapToken ofHash(String hex) {
    if (!hex.matches("[0-9A-Fa-f]{64}")) {
      throw new IllegalArgumentException(
          "the hash of the first admin token must have 64 hex digits: make the token with 'openssl"
              + " rand -hex 32' and its hash with 'xxd -r -p | sha256sum'");
    }
    return new BootstrapToken(HexFormat.of().parseHex(hex));
  }

  /**
   * For development: the token in the file, made (0600) if there is none. Blocking.
   *
   * @throws IOException if the file cannot be read, is open to others, or holds no token
   */
  public static BootstrapToken inFile(Path file) throws IOException {
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
      Files.writeString(file, ApiTokenText.generate() + "\n");
    } catch (FileAlreadyExistsException e) {
      if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
        throw new IOException(
            "token file " + file + " is open to others: delete it and start again", e);
      }
    }
    byte[] text = Files.readAllBytes(file);
    return ApiTokenText.hash(new String(text, StandardCharsets.US_ASCII).strip())
        .map(BootstrapToken::new)
        .orElseThrow(
            () ->
                new IOException(
                    "token file " + file + " holds no token: delete it and start again"));
  }

  /** Compares in constant time. */
  boolean is(byte[] hash) {
    return Secret.equal(sha256, hash);
  }
}
