package io.otakey.gateway.tls;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PfxOptions;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a listener would show, for who looks at it without a listener.
 *
 * @param certificates as they stand in the file; at least one
 * @param keyMatches whether the key belongs to the first of them
 */
public record CertificateChain(List<X509Certificate> certificates, boolean keyMatches) {
  private static final byte[] PROBE = "otakey".getBytes(StandardCharsets.US_ASCII);

  /** Copies the list. */
  public CertificateChain {
    certificates = List.copyOf(certificates);
  }

  /**
   * Reads what is configured; a development certificate only if it was made. Blocking.
   *
   * @return empty if none is configured and none was made
   * @throws TlsException with the remedy, if a file cannot be read as what it should be
   */
  public static Optional<CertificateChain> read(TlsConfig config) {
    if (config.keyStore().isPresent()) {
      return Optional.of(pkcs12(config.keyStore().get(), config.keyStorePassword().orElse("")));
    }
    TlsConfig effective =
        config.certificate().isPresent()
            ? config
            : DevelopmentCertificate.files(config.developmentFolder());
    Path certificate = effective.certificate().orElseThrow();
    boolean none = config.certificate().isEmpty() && Files.notExists(certificate);
    return none ? Optional.empty() : Optional.of(read(certificate, effective.key().orElseThrow()));
  }

  /** As {@link #read(TlsConfig)}, from PEM files. */
  public static CertificateChain read(Path certificate, Path key) {
    List<X509Certificate> chain = certificates(PemFiles.bytes(certificate), certificate.toString());
    Buffer first = Buffer.buffer(pem(chain.get(0)));
    KeyCertOptions alone =
        new PemKeyCertOptions().setCertValue(first).setKeyValue(PemFiles.bytes(key));
    Expiry.Shown shown = only(alone, key + " is no private key in PEM without a password");
    return new CertificateChain(chain, matches(shown.key(), chain.get(0).getPublicKey()));
  }

  /** When the first certificate of the chain ends. */
  public Instant expires() {
    return certificates.stream()
        .map(certificate -> certificate.getNotAfter().toInstant())
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  /** When the last certificate of the chain begins. */
  public Instant begins() {
    return certificates.stream()
        .map(certificate -> certificate.getNotBefore().toInstant())
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  /** The first certificate that the next one did not issue, counted from 1; empty = in order. */
  public Optional<Integer> brokenAt() {
    for (int i = 0; i + 1 < certificates.size(); i++) {
      X509Certificate issuer = certificates.get(i + 1);
      if (!certificates.get(i).getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
          || !signedBy(certificates.get(i), issuer)) {
        return Optional.of(i + 1);
      }
    }
    return Optional.empty();
  }

  private static boolean signedBy(X509Certificate certificate, X509Certificate issuer) {
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static CertificateChain pkcs12(Path file, String password) {
    KeyCertOptions store = new PfxOptions().setValue(PemFiles.bytes(file)).setPassword(password);
    Expiry.Shown shown =
        only(store, file + " is no PKCS#12 file with a key, or tls.keyStorePassword is wrong");
    return new CertificateChain(
        shown.chain(), matches(shown.key(), shown.chain().get(0).getPublicKey()));
  }

  /** The one key there is; the cause of a failure may quote what it is made of. */
  private static Expiry.Shown only(KeyCertOptions options, String problem) {
    try {
      return Expiry.shown(options.getKeyManagerFactory(null)).findFirst().orElseThrow();
    } catch (Exception e) { // what Vert.x and the JDK throw for unusable keys is not told apart
      throw new TlsException(problem, e);
    }
  }

  static List<X509Certificate> certificates(Buffer pem, String of) {
    try {
      List<X509Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem.getBytes()))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
      throw new TlsException(of + " holds no certificate in PEM", null);
    } catch (CertificateException e) {
      throw new TlsException(of + " holds no certificate in PEM", e);
    }
  }

  private static boolean matches(PrivateKey key, PublicKey open) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> key.getAlgorithm();
        };
    try {
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(PROBE);
      Signature verifying = Signature.getInstance(algorithm);
      verifying.initVerify(open);
      verifying.update(PROBE);
      return verifying.verify(signing.sign());
    } catch (GeneralSecurityException e) {
      return false; // a key of another kind
    }
  }

  private static String pem(X509Certificate certificate) {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was read cannot be written", e);
    }
  }
}
