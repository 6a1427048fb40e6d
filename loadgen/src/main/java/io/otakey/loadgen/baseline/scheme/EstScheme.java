package io.otakey.loadgen.baseline.scheme;

import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.baseline.Scheme;
import io.otakey.loadgen.baseline.ServerCpu;
import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.Host;
import io.otakey.loadgen.baseline.wire.HttpHandler;
import io.otakey.loadgen.baseline.wire.HttpLine;
import io.otakey.loadgen.baseline.wire.Links;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.jspecify.annotations.Nullable;

/** X.509 by EST: the device makes its key and gets a certificate for it. */
final class EstScheme implements Scheme {
  private final Authority authority = new Authority("EST");
  private final SslContext trust = authority.device(Optional.empty());
  private final String password;
  private final EstServer server;
  private final Host host;

  EstScheme() throws IOException {
    password = Secrets.text();
    server = new EstServer(authority, password);
    host =
        Host.start(
            Optional.of(authority.server(Optional.empty())),
            pipeline -> HttpHandler.install(pipeline, server));
  }

  @Override
  public Description description() {
    return new Description(
        "est", "X.509 by EST, HTTPS", true, Secrecy.YES, "the private key never leaves the device");
  }

  @Override
  public Scheme.Device device(String id) {
    return new Device(id);
  }

  @Override
  public Standing standing(String id) {
    return new Standing(server.issued(id), server.issued(id));
  }

  @Override
  public ServerCpu cpu() {
    return ServerCpu.ofThread(host.cpuNanos());
  }

  @Override
  public void close() {
    host.close();
  }

  private final class Device implements Scheme.Device {
    private final String id;
    private final KeyPair keys = Authority.newKeys(); // kept in flash before anything is sent
    private @Nullable X509Certificate certificate;

    Device(String id) {
      this.id = id;
    }

    @Override
    public void obtain(Links links) throws IOException {
      try (HttpLine line = HttpLine.open(links, host.endpoint(), Optional.of(trust))) {
        X509Certificate authorityShown = certificate(line.get(EstServer.CA_CERTS, Map.of()));
        if (!authorityShown.equals(authority.certificate())) {
          throw new IOException("another authority than the one in the image");
        }
        HttpLine.Answer answer =
            line.post(
                EstServer.SIMPLE_ENROLL,
                Map.of(
                    "Authorization", EstServer.basic(id, password),
                    "Content-Type", "application/pkcs10",
                    "Content-Transfer-Encoding", "base64"),
                request());
        certificate = certificate(answer);
      }
    }

    private byte[] request() throws IOException {
      byte[] der =
          new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=" + id), keys.getPublic())
              .build(Authority.signer(keys.getPrivate()))
              .getEncoded();
      return Base64.getMimeEncoder().encode(der);
    }

    @Override
    public boolean works(Links links) {
      X509Certificate own = certificate;
      if (own == null || !own.getPublicKey().equals(keys.getPublic())) {
        return false;
      }
      try {
        own.checkValidity();
        own.verify(authority.certificate().getPublicKey());
        return own.getSubjectX500Principal().getName().equals("CN=" + id);
      } catch (GeneralSecurityException e) {
        return false;
      }
    }
  }

  private static X509Certificate certificate(HttpLine.Answer answer) throws IOException {
    if (answer.status() != 200) {
      throw new IOException("EST answered " + answer.status());
    }
    try {
      CMSSignedData certsOnly = new CMSSignedData(Base64.getMimeDecoder().decode(answer.body()));
      for (X509CertificateHolder holder : certsOnly.getCertificates().getMatches(null)) {
        return new JcaX509CertificateConverter().getCertificate(holder);
      }
      throw new IOException("no certificate in the answer");
    } catch (CMSException | GeneralSecurityException e) {
      throw new IOException("not a PKCS#7 of certificates", e);
    }
  }
}
