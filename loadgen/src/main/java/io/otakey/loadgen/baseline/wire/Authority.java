package io.otakey.loadgen.baseline.wire;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority on P-256 for one run; its keys live in memory only. */
public final class Authority {
  private static final Provider PROVIDER = new BouncyCastleProvider();
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final Duration LIFE = Duration.ofDays(365);
  private static final String[] TLS = {"TLSv1.3"};
  private static final int SERIAL_BITS = 127;

  private final String name;
  private final SecureRandom random = new SecureRandom();
  private final ContentSigner signer;
  private final X509Certificate certificate;

  /** A key pair, and a certificate for it. */
  public record Identity(PrivateKey key, X509Certificate certificate) {
    @Override
    public String toString() {
      return "Identity[" + certificate.getSubjectX500Principal() + "]";
    }
  }

  /** A new authority of this name. */
  public Authority(String name) {
    this.name = name;
    KeyPair keys = newKeys();
    try {
      signer = signer(keys.getPrivate());
      X509v3CertificateBuilder builder = builder(name, name, keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      certificate = convert(builder);
    } catch (CertIOException e) {
      throw new IllegalStateException("P-256 must work", e);
    }
  }

  /** Its own certificate. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** A new P-256 key pair. */
  public static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", PROVIDER);
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("P-256 must work", e);
    }
  }

  /** What signs with this key: proofs of possession, images. */
  public static ContentSigner signer(PrivateKey key) {
    try {
      return new JcaContentSignerBuilder(SIGNATURE).setProvider(PROVIDER).build(key);
    } catch (OperatorCreationException e) {
      throw new IllegalStateException("P-256 must work", e);
    }
  }

  /** The provider of everything here, given by object. */
  public static Provider provider() {
    return PROVIDER;
  }

  /** A certificate for a device's key. */
  public X509Certificate issue(String commonName, PublicKey key) {
    return convert(builder(name, commonName, key));
  }

  /** A certificate and its key, both made here. */
  public Identity identity(String commonName) {
    KeyPair pair = newKeys();
    return new Identity(pair.getPrivate(), issue(commonName, pair.getPublic()));
  }

  /**
   * TLS 1.3 of a server that shows a certificate for {@code localhost}.
   *
   * @param devices whose certificates devices must show; none if empty
   */
  public SslContext server(Optional<Authority> devices) {
    try {
      KeyPair pair = newKeys();
      X509v3CertificateBuilder builder = builder(name, "localhost", pair.getPublic());
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, "localhost")));
      SslContextBuilder context =
          SslContextBuilder.forServer(pair.getPrivate(), convert(builder)).protocols(TLS);
      devices.ifPresent(
          from -> context.trustManager(from.certificate).clientAuth(ClientAuth.REQUIRE));
      return context.build();
    } catch (SSLException | CertIOException e) {
      throw new IllegalStateException("TLS 1.3 must work", e);
    }
  }

  /** TLS 1.3 of a device that trusts this authority, and shows an identity if it has one. */
  public SslContext device(Optional<Identity> identity) {
    try {
      SslContextBuilder context =
          SslContextBuilder.forClient()
              .trustManager(certificate)
              .endpointIdentificationAlgorithm("HTTPS")
              .protocols(TLS);
      identity.ifPresent(own -> context.keyManager(own.key(), own.certificate()));
      return context.build();
    } catch (SSLException e) {
      throw new IllegalStateException("TLS 1.3 must work", e);
    }
  }

  private X509v3CertificateBuilder builder(String issuer, String subject, PublicKey key) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        new X500Name("CN=" + issuer),
        new BigInteger(SERIAL_BITS, random).setBit(0),
        Date.from(now.minusSeconds(60)),
        Date.from(now.plus(LIFE)),
        new X500Name("CN=" + subject),
        key);
  }

  private X509Certificate convert(X509v3CertificateBuilder builder) {
    try {
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate of our own must be one", e);
    }
  }
}
