package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.tls.PemFiles;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(AdminBed.Extension.class)
class TlsTest {
  @TempDir private Path folder;

  @Test
  void api_speaksTlsWithPemFiles_andTakesNewOnesOver(AdminBed bed) throws Exception {
    KeyStore first = selfSigned("first");
    PemFiles files = new PemFiles(certificate(first), key(first));
    AdminApi api =
        bed.deploy(AdminConfig.DEFAULT.withPort(0).withTls(files), bed.services(List.of()));
    HttpResponse<String> answer = ask(first, api.port());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Strict-Transport-Security")).isPresent();

    KeyStore second = selfSigned("second");
    Files.writeString(files.key(), "half written");
    key(second);
    certificate(second);
    bed.until(() -> answers(second, api.port()));
    assertThat(answers(first, api.port())).as("the old one is still shown").isFalse();
  }

  private static boolean answers(KeyStore trusted, int port) {
    try {
      return ask(trusted, port).statusCode() == 200;
    } catch (SSLException e) {
      return false;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A new client each time, since a known one resumes its session. */
  private static HttpResponse<String> ask(KeyStore store, int port) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("api", store.getCertificate("api"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder()
        .sslContext(tls)
        .build()
        .send(
            HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/health/live"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private Path key(KeyStore store) throws Exception {
    return pem("PRIVATE KEY", store.getKey("api", password()).getEncoded());
  }

  private Path certificate(KeyStore store) throws Exception {
    return pem("CERTIFICATE", store.getCertificate("api").getEncoded());
  }

  private KeyStore selfSigned(String name) throws Exception {
    Path file = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "api",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-storepass",
                new String(password()),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    return KeyStore.getInstance(file.toFile(), password());
  }

  private Path pem(String kind, byte[] der) throws IOException {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    String text = "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n";
    return Files.writeString(folder.resolve(kind.replace(' ', '-')), text);
  }

  private static char[] password() {
    return "changeit".toCharArray();
  }
}
