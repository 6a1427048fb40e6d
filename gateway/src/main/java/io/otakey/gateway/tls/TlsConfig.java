package io.otakey.gateway.tls;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The certificate that TLS listeners show. Files are read again when they change.
 *
 * @param certificate PEM chain, the server's own certificate first; together with {@code key}
 * @param key PEM private key
 * @param keyStore PKCS#12 instead of the two
 * @param keyStorePassword its password
 * @param clientCa PEM, authorities: devices have to show a certificate of one of them; empty = none
 *     has to
 * @param developmentFolder where a self-signed certificate is made and kept if there is neither
 */
public record TlsConfig(
    Optional<Path> certificate,
    Optional<Path> key,
    Optional<Path> keyStore,
    Optional<String> keyStorePassword,
    Optional<Path> clientCa,
    Path developmentFolder) {
  /** Never prints the password. */
  @Override
  public String toString() {
    return "TlsConfig[certificate="
        + certificate
        + ", keyStore="
        + keyStore
        + ", clientCa="
        + clientCa
        + "]";
  }
}
