package io.otakey.gateway;

import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * An authority of a test, what it issues, and clients that show it whether they are asked or not.
 */
final class TestAuthority {
  private static final Duration YEAR = Duration.ofDays(365);

  private final KeyPair key = pair("EC", 256);
  private final String name;
  private final X509Certificate certificate;

  /** A certificate and its key. */
  record Identity(X509Certificate certificate, PrivateKey key) {
    Path certificate(Path file) throws IOException, GeneralSecurityException {
      return pem(file, "CERTIFICATE", certificate.getEncoded());
    }

    Path key(Path file) throws IOException {
      return pem(file, "PRIVATE KEY", key.getEncoded());
    }
  }

  TestAuthority(String name) throws Exception {
    this.name = "CN=" + name;
    JcaX509v3CertificateBuilder builder =
        builder(this.name, key, Instant.now().minus(YEAR), Instant.now().plus(YEAR));
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    this.certificate = signed(builder);
  }

  Path pem(Path file) throws IOException, GeneralSecurityException {
    return pem(file, "CERTIFICATE", certificate.getEncoded());
  }

  /** With a list of what it revoked, whose successor was due yesterday. */
  Path pem(Path file, Identity revoked) throws Exception {
    Instant now = Instant.now();
    X509v2CRLBuilder builder =
        new X509v2CRLBuilder(new X500Name(name), Date.from(now.minus(Duration.ofDays(2))));
    builder.setNextUpdate(Date.from(now.minus(Duration.ofDays(1))));
    builder.addCRLEntry(
        revoked.certificate().getSerialNumber(), Date.from(now), CRLReason.keyCompromise);
    byte[] list =
        builder
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
            .getEncoded();
    return Files.writeString(
        file, block("CERTIFICATE", certificate.getEncoded()) + block("X509 CRL", list));
  }

  /** Of localhost. */
  Identity server(String algorithm, int bits) throws Exception {
    return issue(pair(algorithm, bits), Duration.ZERO, KeyPurposeId.id_kp_serverAuth);
  }

  Identity client() throws Exception {
    return issue(pair("EC", 256), Duration.ZERO, KeyPurposeId.id_kp_clientAuth);
  }

  Identity expiredClient() throws Exception {
    return issue(pair("EC", 256), Duration.ofDays(2), KeyPurposeId.id_kp_clientAuth);
  }

  /** Good for a day from now, less what it is older. */
  private Identity issue(KeyPair of, Duration older, KeyPurposeId purpose) throws Exception {
    Instant from = Instant.now().minus(older).minus(Duration.ofMinutes(1));
    JcaX509v3CertificateBuilder builder =
        builder("CN=localhost", of, from, from.plus(Duration.ofDays(1)));
    builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(GeneralName.dNSName, "localhost")));
    return new Identity(signed(builder), of.getPrivate());
  }

  private JcaX509v3CertificateBuilder builder(
      String subject, KeyPair of, Instant from, Instant until) {
    return new JcaX509v3CertificateBuilder(
        new X500Name(name),
        BigInteger.valueOf(System.nanoTime()),
        Date.from(from),
        Date.from(until),
        new X500Name(subject),
        of.getPublic());
  }

  private X509Certificate signed(JcaX509v3CertificateBuilder builder)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
  }

  private static KeyPair pair(String algorithm, int bits) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private static Path pem(Path file, String kind, byte[] der) throws IOException {
    return Files.writeString(file, block(kind, der));
  }

  private static String block(String kind, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n";
  }

  /** A client that shows this, whoever the server asks for, and takes any server. */
  static SSLContext client(Optional<Identity> shown) throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    Shown[] keys = shown.map(Shown::new).map(key -> new Shown[] {key}).orElse(null);
    context.init(keys, new TrustManager[] {new Anybody()}, null);
    return context;
  }

  private static final class Shown extends X509ExtendedKeyManager {
    private static final String ALIAS = "mine";

    private final Identity identity;

    Shown(Identity identity) {
      this.identity = identity;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
      return ALIAS;
    }

    @Override
    public String chooseEngineClientAlias(
        String[] keyTypes, Principal[] issuers, SSLEngine engine) {
      return ALIAS;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return ALIAS;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {identity.certificate()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return identity.key();
    }
  }

  /** Tests of clients do not rely on the server's certificate. */
  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
