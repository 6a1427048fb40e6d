package io.otakey.gateway.tls;

import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;

/** When certificates stop to hold. */
final class Expiry {
  private static final String[] KEY_TYPES = {"EC", "RSA", "EdDSA", "RSASSA-PSS"};

  private Expiry() {}

  /** The earliest end of what a listener with these keys shows, in seconds since 1970. */
  static long of(KeyManagerFactory keys) {
    return Arrays.stream(keys.getKeyManagers())
        .filter(X509KeyManager.class::isInstance)
        .map(X509KeyManager.class::cast)
        .flatMap(Expiry::chains)
        .mapToLong(certificate -> certificate.getNotAfter().toInstant().getEpochSecond())
        .min()
        .orElse(0);
  }

  private static Stream<X509Certificate> chains(X509KeyManager manager) {
    return Arrays.stream(KEY_TYPES)
        .map(type -> manager.getServerAliases(type, null))
        .filter(aliases -> aliases != null)
        .flatMap(Arrays::stream)
        .map(manager::getCertificateChain)
        .filter(chain -> chain != null)
        .flatMap(Arrays::stream);
  }
}
