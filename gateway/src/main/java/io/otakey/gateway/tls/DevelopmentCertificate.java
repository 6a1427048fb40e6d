package io.otakey.gateway.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A self-signed P-256 certificate for localhost, made once and kept, for development only. */
final class DevelopmentCertificate {
  private static final int VALID_DAYS = 825;

  private DevelopmentCertificate() {}

  /** The certificate in this folder; made if there is none. */
  static TlsConfig in(Path folder) {
    TlsConfig files = files(folder);
    Path certificate = files.certificate().orElseThrow();
    Path key = files.key().orElseThrow();
    if (Files.notExists(certificate) || Files.notExists(key)) {
      try {
        make(folder, certificate, key);
      } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
        throw new TlsException(
            "no development certificate could be made in " + folder + ": " + e.getMessage(), e);
      }
    }
    return files;
  }

  /** Where it is, or would be. */
  static TlsConfig files(Path folder) {
    return new TlsConfig(
        Optional.of(folder.resolve("development-certificate.pem")),
        Optional.of(folder.resolve("development-key.pem")),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        folder);
  }

  private static void make(Path folder, Path certificate, Path key)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    X500Name name = new X500Name("CN=localhost,O=OTA-Key development");
    Instant now = Instant.now();
    X509CertificateHolder holder =
        new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(127, new SecureRandom()),
                Date.from(now.minus(1, ChronoUnit.DAYS)),
                Date.from(now.plus(VALID_DAYS, ChronoUnit.DAYS)),
                name,
                pair.getPublic())
            .addExtension(Extension.subjectAlternativeName, false, localhost())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
    Files.createDirectories(folder);
    Files.deleteIfExists(key);
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(key, pem(new JcaPKCS8Generator(pair.getPrivate(), null)));
    Files.writeString(certificate, pem(holder));
  }

  private static GeneralNames localhost() {
    return new GeneralNames(
        new GeneralName[] {
          new GeneralName(GeneralName.dNSName, "localhost"),
          new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
          new GeneralName(GeneralName.iPAddress, "::1")
        });
  }

  private static String pem(Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }
}
