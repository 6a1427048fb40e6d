package io.otakey.loadgen.baseline.wire;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;

/** Keys and certificates as text (RFC 7468). */
public final class Pem {
  private static final int LINE = 64;

  private Pem() {}

  /** A certificate. */
  public static String certificate(X509Certificate certificate) {
    return text("CERTIFICATE", encoded(certificate));
  }

  /** A private key, PKCS#8. */
  public static String key(PrivateKey key) {
    return text("PRIVATE KEY", key.getEncoded());
  }

  /** SHA-256 of a certificate, in hex. */
  public static String fingerprint(X509Certificate certificate) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(encoded(certificate));
      return HexFormat.of().formatHex(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * Reads a private key for P-256.
   *
   * @throws GeneralSecurityException if it is none
   */
  public static PrivateKey readKey(String pem) throws GeneralSecurityException {
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
      return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("not PEM", e);
    }
  }

  /**
   * Reads a certificate.
   *
   * @throws GeneralSecurityException if it is none
   */
  public static X509Certificate readCertificate(String pem) throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was made or read has an encoding", e);
    }
  }

  private static String text(String label, byte[] der) {
    String body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }
}
