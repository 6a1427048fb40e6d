package io.otakey.gateway.tls;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What one TLS listener shows and asks for, in PEM. Files are read again when they change.
 *
 * @param certificate chain, the server's own certificate first
 * @param key its private key
 * @param clientCa authorities, and what they have revoked: who connects has to show a certificate
 *     of one of them; empty = nobody has to
 */
public record PemFiles(Path certificate, Path key, Optional<Path> clientCa) {
  /** Without certificates of clients. */
  public PemFiles(Path certificate, Path key) {
    this(certificate, key, Optional.empty());
  }

  /**
   * Adds a sentence for every file that is not there.
   *
   * @param settings what their names begin with
   */
  public void validate(String settings, List<String> problems) {
    check(settings + ".key", key, problems);
    check(settings + ".certificate", certificate, problems);
    clientCa.ifPresent(file -> check(settings + ".clientCa", file, problems));
  }

  private static void check(String setting, Path file, List<String> problems) {
    if (!Files.isReadable(file)) {
      problems.add(setting + ": " + file + " cannot be read: give a PEM file");
    }
  }

  static Buffer bytes(Path file) {
    try {
      return Buffer.buffer(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new TlsException("TLS file cannot be read: " + e.getMessage(), e);
    }
  }
}
