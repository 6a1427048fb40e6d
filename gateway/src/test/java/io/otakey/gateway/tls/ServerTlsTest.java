package io.otakey.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTlsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  @TempDir private Path folder;

  @Test
  void filesReplacedBeforeTheFirstLook_areTakenOver() throws Exception {
    TlsConfig files = DevelopmentCertificate.in(Files.createDirectory(folder.resolve("first")));
    TlsConfig next = DevelopmentCertificate.in(Files.createDirectory(folder.resolve("next")));
    ServerTls tls = ServerTls.load("test", pem(files), PATIENCE);
    Files.copy(key(next), key(files), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(certificate(next), certificate(files), StandardCopyOption.REPLACE_EXISTING);
    CompletableFuture<ServerSSLOptions> renewed = new CompletableFuture<>();
    tls.renew(
        options -> {
          renewed.complete(options);
          return Future.succeededFuture(true);
        });
    Vertx vertx = Vertx.vertx();
    try {
      tls.watch(vertx);
      PemKeyCertOptions shown =
          (PemKeyCertOptions) renewed.get(30, TimeUnit.SECONDS).getKeyCertOptions();
      assertThat(shown.getCertValue().getBytes()).isEqualTo(Files.readAllBytes(certificate(next)));
    } finally {
      vertx.close().await(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void unusableFiles_areRefusedWithARemedy() throws Exception {
    TlsConfig files = DevelopmentCertificate.in(folder);
    Files.writeString(key(files), "half written");
    assertThatThrownBy(() -> ServerTls.load("test", pem(files), PATIENCE))
        .isInstanceOf(TlsException.class)
        .hasMessageContaining("check that they belong together");
  }

  @Test
  void authoritiesThatAreNone_areRefused() throws Exception {
    TlsConfig files = DevelopmentCertificate.in(folder);
    Path none = Files.writeString(folder.resolve("none.pem"), "");
    PemFiles asking = new PemFiles(certificate(files), key(files), Optional.of(none));
    assertThatThrownBy(() -> ServerTls.load("test", asking, PATIENCE))
        .isInstanceOf(TlsException.class)
        .hasMessageContaining("clientCa holds no certificate in PEM");
  }

  private static PemFiles pem(TlsConfig files) {
    return new PemFiles(certificate(files), key(files));
  }

  private static Path certificate(TlsConfig files) {
    return files.certificate().orElseThrow();
  }

  private static Path key(TlsConfig files) {
    return files.key().orElseThrow();
  }
}
