package io.otakey.gateway.tls;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CRLException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Those whose certificates count, and nobody else's, less what they have revoked (RFC 5280).
 *
 * @param certificates of the authorities; at least one
 * @param lists of what they revoked, each signed by one of them; in force until the file has
 *     another one, also when a newer one was promised before
 */
public record Authorities(List<X509Certificate> certificates, List<X509CRL> lists) {
  private static final Pattern LIST =
      Pattern.compile("-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----");

  /** Copies the lists. */
  public Authorities {
    certificates = List.copyOf(certificates);
    lists = List.copyOf(lists);
  }

  /**
   * What a PEM file holds. Blocking.
   *
   * @throws TlsException with the remedy, if it holds no certificate, or a list of somebody else
   */
  public static Authorities read(Path file) {
    return parse(PemFiles.bytes(file), file.toString());
  }

  static Authorities parse(Buffer pem, String of) {
    String text = pem.toString(StandardCharsets.ISO_8859_1);
    Buffer rest = Buffer.buffer(LIST.matcher(text).replaceAll(""), "ISO-8859-1");
    List<X509Certificate> certificates = CertificateChain.certificates(rest, of);
    List<X509CRL> lists = new ArrayList<>();
    for (String block : LIST.matcher(text).results().map(found -> found.group()).toList()) {
      lists.add(list(block, certificates, of));
    }
    return new Authorities(certificates, lists);
  }

  private static X509CRL list(String block, List<X509Certificate> authorities, String of) {
    try {
      X509CRL list =
          (X509CRL)
              CertificateFactory.getInstance("X.509")
                  .generateCRL(
                      new ByteArrayInputStream(block.getBytes(StandardCharsets.ISO_8859_1)));
      if (authorities.stream().noneMatch(authority -> made(list, authority))) {
        throw new TlsException(
            of + " holds a revocation list of an authority that it does not hold: add that", null);
      }
      return list;
    } catch (CertificateException | CRLException e) {
      throw new TlsException(of + " holds a revocation list that is none", e);
    }
  }

  private static boolean made(X509CRL list, X509Certificate authority) {
    try {
      list.verify(authority.getPublicKey());
      return list.getIssuerX500Principal().equals(authority.getSubjectX500Principal());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  X509TrustManager trust() {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (int i = 0; i < certificates.size(); i++) {
        trusted.setCertificateEntry("ca" + i, certificates.get(i));
      }
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(trusted, new X509CertSelector());
      parameters.setRevocationEnabled(false); // nobody is asked over a network: the lists decide
      parameters.addCertPathChecker(new Revoked(lists));
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(new CertPathTrustManagerParameters(parameters));
      return Stream.of(factory.getTrustManagers())
          .filter(X509TrustManager.class::isInstance)
          .map(X509TrustManager.class::cast)
          .findFirst()
          .orElseThrow();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("every JDK has PKIX and keeps certificates in memory", e);
    }
  }

  private static final class Revoked extends PKIXCertPathChecker {
    private final List<X509CRL> lists;

    Revoked(List<X509CRL> lists) {
      this.lists = lists;
    }

    @Override
    public void init(boolean forward) {}

    @Override
    public boolean isForwardCheckingSupported() {
      return true;
    }

    @Override
    public Set<String> getSupportedExtensions() {
      return Set.of();
    }

    @Override
    public void check(Certificate certificate, Collection<String> unresolved)
        throws CertPathValidatorException {
      if (lists.stream().anyMatch(list -> list.isRevoked(certificate))) {
        throw new CertPathValidatorException(
            "the certificate was revoked", null, null, -1, BasicReason.REVOKED);
      }
    }
  }
}
