package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

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
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(AdminBed.Extension.class)
class TlsTest {
  @TempDir private Path folder;

  @Test
  void api_speaksTlsWithPemFiles(AdminBed bed) throws Exception {
    KeyStore store = selfSigned();
    AdminConfig.Tls files =
        new AdminConfig.Tls(
            pem("PRIVATE KEY", store.getKey("api", password()).getEncoded()),
            pem("CERTIFICATE", store.getCertificate("api").getEncoded()));
    AdminApi api =
        bed.deploy(AdminConfig.DEFAULT.withPort(0).withTls(files), bed.services(List.of()));
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("api", store.getCertificate("api"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    HttpResponse<String> answer =
        HttpClient.newBuilder()
            .sslContext(tls)
            .build()
            .send(
                HttpRequest.newBuilder(
                        URI.create("https://localhost:" + api.port() + "/health/live"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Strict-Transport-Security")).isPresent();
  }

  private KeyStore selfSigned() throws Exception {
    Path file = folder.resolve("api.p12");
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
