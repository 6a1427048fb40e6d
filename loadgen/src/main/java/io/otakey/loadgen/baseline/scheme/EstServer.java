package io.otakey.loadgen.baseline.scheme;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAbsentContent;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * Enrollment over Secure Transport (RFC 7030): {@code /cacerts} and {@code /simpleenroll}, devices
 * authenticated by HTTP Basic with the batch's password, possession of the key proven by the
 * request's own signature.
 */
final class EstServer implements HttpHandler.Service {
  static final String CA_CERTS = "/.well-known/est/cacerts";
  static final String SIMPLE_ENROLL = "/.well-known/est/simpleenroll";
  private static final Map<String, String> CERTIFICATES =
      Map.of(
          "Content-Type", "application/pkcs7-mime; smime-type=certs-only",
          "Content-Transfer-Encoding", "base64");

  private final Authority authority;
  private final String password;
  private final byte[] caCerts;
  private final Map<String, List<X509Certificate>> issued = new ConcurrentHashMap<>();

  /**
   * @param password of the batch, any user name being the device's id
   */
  EstServer(Authority authority, String password) throws IOException {
    this.authority = authority;
    this.password = password;
    this.caCerts = certsOnly(authority.certificate());
  }

  /** Certificates that were issued to a device; all of them stay valid. */
  int issued(String id) {
    return issued.getOrDefault(id, List.of()).size();
  }

  @Override
  public HttpHandler.Answer answer(HttpHandler.Request request) {
    return switch (request.method() + " " + request.path()) {
      case "GET " + CA_CERTS -> new HttpHandler.Answer(200, CERTIFICATES, caCerts);
      case "POST " + SIMPLE_ENROLL -> enroll(request);
      default -> HttpHandler.Answer.of(404);
    };
  }

  private HttpHandler.Answer enroll(HttpHandler.Request request) {
    try {
      JcaPKCS10CertificationRequest asked =
          new JcaPKCS10CertificationRequest(Base64.getMimeDecoder().decode(request.body()));
      String id = commonName(asked);
      String shown = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
      if (!Macs.same(shown, basic(id, password))) {
        return HttpHandler.Answer.of(401);
      }
      asked.setProvider(Authority.provider());
      if (!asked.isSignatureValid(
          new JcaContentVerifierProviderBuilder()
              .setProvider(Authority.provider())
              .build(asked.getPublicKey()))) {
        return HttpHandler.Answer.of(400);
      }
      X509Certificate certificate = authority.issue(id, asked.getPublicKey());
      issued.computeIfAbsent(id, key -> new CopyOnWriteArrayList<>()).add(certificate);
      return new HttpHandler.Answer(200, CERTIFICATES, certsOnly(certificate));
    } catch (IOException
        | IllegalArgumentException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException e) {
      return HttpHandler.Answer.of(400);
    }
  }

  static String basic(String user, String password) {
    byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(both);
  }

  private static String commonName(JcaPKCS10CertificationRequest request) {
    RDN[] names = request.getSubject().getRDNs(BCStyle.CN);
    return names.length == 1 ? IETFUtils.valueToString(names[0].getFirst().getValue()) : "";
  }

  private static byte[] certsOnly(X509Certificate certificate) throws IOException {
    try {
      CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
      generator.addCertificates(new JcaCertStore(List.of(certificate)));
      byte[] der = generator.generate(new CMSAbsentContent()).getEncoded();
      return Base64.getMimeEncoder().encode(der);
    } catch (CMSException | GeneralSecurityException e) {
      throw new IOException("no PKCS#7", e);
    }
  }
}
