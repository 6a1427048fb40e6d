package io.otakey.gateway.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;

/** When certificates stop to hold. */
final class Expiry {
  private static final String[] KEY_TYPES = {"EC", "RSA", "EdDSA", "RSASSA-PSS"};

  private Expiry() {}

  /** One key of a listener, with what it shows for it. */
  record Shown(PrivateKey key, List<X509Certificate> chain) {}

  /** The earliest end of what a listener with these keys shows, in seconds since 1970. */
  static long of(KeyManagerFactory keys) {
    return shown(keys)
        .flatMap(shown -> shown.chain().stream())
        .mapToLong(certificate -> certificate.getNotAfter().toInstant().getEpochSecond())
        .min()
        .orElse(0);
  }

  /** Every key, with its chain. */
  static Stream<Shown> shown(KeyManagerFactory keys) {
    return Arrays.stream(keys.getKeyManagers())
        .filter(X509KeyManager.class::isInstance)
        .map(X509KeyManager.class::cast)
        .flatMap(Expiry::shown);
  }

  private static Stream<Shown> shown(X509KeyManager manager) {
    return Arrays.stream(KEY_TYPES)
        .map(type -> manager.getServerAliases(type, null))
        .filter(aliases -> aliases != null)
        .flatMap(Arrays::stream)
        .filter(alias -> manager.getCertificateChain(alias) != null)
        .map(
            alias ->
                new Shown(
                    manager.getPrivateKey(alias), List.of(manager.getCertificateChain(alias))));
  }
}
