package io.otakey.gateway.doctor;

import io.otakey.gateway.tls.CertificateChain;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A root and a server's certificate that it issued, good for a year from a minute ago. */
final class TestCertificates {
  final KeyPair rootKey = pair();
  final KeyPair serverKey = pair();
  final X509Certificate root;
  final X509Certificate server;

  TestCertificates(Instant now) throws Exception {
    root = certificate("CN=root", rootKey, "CN=root", rootKey, now);
    server = certificate("CN=gw.example.net", serverKey, "CN=root", rootKey, now);
  }

  /** As files of a listener would be read. */
  CertificateChain chain(Path folder, KeyPair key, X509Certificate... chain) throws Exception {
    return CertificateChain.read(certificates(folder, chain), key(folder, key));
  }

  Path certificates(Path folder, X509Certificate... chain) throws Exception {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : List.of(chain)) {
      text.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    return Files.writeString(folder.resolve("chain.pem"), text);
  }

  /** Of the root, which revoked the server's; the next one is due then. */
  String revocations(Instant due) throws Exception {
    X509v2CRLBuilder list = new X509v2CRLBuilder(new X500Name("CN=root"), Date.from(due));
    list.setNextUpdate(Date.from(due));
    list.addCRLEntry(server.getSerialNumber(), Date.from(due), CRLReason.superseded);
    return pem(
        "X509 CRL",
        list.build(new JcaContentSignerBuilder("SHA256withECDSA").build(rootKey.getPrivate()))
            .getEncoded());
  }

  Path key(Path folder, KeyPair key) throws Exception {
    Path file = folder.resolve("key.pem");
    Files.writeString(file, pem("PRIVATE KEY", key.getPrivate().getEncoded()));
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static String pem(String kind, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n";
  }

  private static KeyPair pair() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static X509Certificate certificate(
      String subject, KeyPair key, String issuer, KeyPair signer, Instant now) throws Exception {
    return new JcaX509CertificateConverter()
        .getCertificate(
            new JcaX509v3CertificateBuilder(
                    new X500Name(issuer),
                    BigInteger.ONE,
                    Date.from(now.minus(Duration.ofMinutes(1))),
                    Date.from(now.plus(Duration.ofDays(365))),
                    new X500Name(subject),
                    key.getPublic())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
  }
}
