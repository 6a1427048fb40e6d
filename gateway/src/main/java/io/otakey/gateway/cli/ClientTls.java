package io.otakey.gateway.cli;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** TLS to the API: whom it trusts, and what it shows of itself. */
final class ClientTls {
  private ClientTls() {}

  /**
   * @param authority PEM whose certificates are trusted and no others; empty = as Java does
   * @param certificate PEM chain of this client, with {@code key}; empty = none is shown
   */
  static SSLContext of(Optional<Path> authority, Optional<Path> certificate, Optional<Path> key)
      throws IOException {
    if (certificate.isPresent() != key.isPresent()) {
      throw new CommandException("--client-cert and --client-key belong together: give both");
    }
    try {
      if (authority.isEmpty() && certificate.isEmpty()) {
        return SSLContext.getDefault(); // read once in a process, and where it is asked for
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          certificate.isPresent() ? shown(certificate.get(), key.orElseThrow()) : null,
          authority.isPresent() ? trusted(authority.get()) : null,
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  private static TrustManager[] trusted(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      int number = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("ca" + number++, certificate);
      }
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      return trust.getTrustManagers();
    } catch (GeneralSecurityException e) {
      throw new CommandException(file + " holds no PEM certificates: mend --ca");
    }
  }

  private static KeyManager[] shown(Path certificate, Path key) throws IOException {
    PemKeyCertOptions files =
        new PemKeyCertOptions()
            .setCertValue(Buffer.buffer(Files.readAllBytes(certificate)))
            .setKeyValue(Buffer.buffer(Files.readAllBytes(key)));
    try {
      return files.getKeyManagerFactory(null).getKeyManagers();
    } catch (Exception e) { // what Vert.x and the JDK throw for unusable keys is not told apart
      throw new CommandException(
          certificate
              + " and "
              + key
              + " cannot be used together: give a certificate and its key, both PEM");
    }
  }
}
