package io.otakey.gateway.config;

import io.otakey.gateway.tls.PemFiles;
import io.otakey.gateway.tls.TlsConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Certificates of listeners, and of those who connect to them. */
final class TlsSettings {
  private TlsSettings() {}

  /** What mqtts and https show and ask for. */
  static TlsConfig devices(Settings settings, boolean needed, Path data) {
    Optional<Path> certificate = settings.path("tls.certificate", "PEM chain, with tls.key");
    Optional<Path> key = settings.path("tls.key", "PEM private key");
    Optional<Path> keyStore = settings.path("tls.keyStore", "PKCS#12 instead of the two");
    Optional<String> password = settings.secret("tls.keyStorePassword", "of tls.keyStore");
    Optional<Path> clientCa = clientCa(settings, "tls", "a device");
    clientCa
        .filter(file -> !Files.isReadable(file))
        .ifPresent(
            file -> settings.problem("tls.clientCa", file + " cannot be read: give a PEM file"));
    if (certificate.isPresent() != key.isPresent()) {
      settings.problem("tls.certificate", "and tls.key belong together: set both or none");
    }
    if (certificate.isPresent() && keyStore.isPresent()) {
      settings.problem("tls.keyStore", "and tls.certificate are both set: keep one of them");
    }
    if (needed && certificate.isEmpty() && keyStore.isEmpty()) {
      settings.problem(
          "tls.certificate", "is missing: production mode makes none; set it, or disable TLS");
    }
    return new TlsConfig(certificate, key, keyStore, password, clientCa, data);
  }

  /** What another listener shows and asks for; empty = it speaks no TLS. */
  static Optional<PemFiles> listener(Settings settings, String prefix, String client) {
    Optional<Path> key = settings.path(prefix + ".key", "PEM, with " + prefix + ".certificate");
    Optional<Path> certificate = settings.path(prefix + ".certificate", "PEM chain");
    Optional<Path> clientCa = clientCa(settings, prefix, client);
    if (key.isPresent() != certificate.isPresent()) {
      settings.problem(prefix + ".key", "and " + prefix + ".certificate belong together");
    }
    if (clientCa.isPresent() && certificate.isEmpty()) {
      settings.problem(prefix + ".clientCa", "needs " + prefix + ".certificate: set that, too");
    }
    return key.flatMap(k -> certificate.map(c -> new PemFiles(c, k, clientCa)));
  }

  private static Optional<Path> clientCa(Settings settings, String prefix, String client) {
    return settings.path(
        prefix + ".clientCa",
        "PEM authorities, with their revocation lists if any: "
            + client
            + " must show a certificate of theirs");
  }
}
