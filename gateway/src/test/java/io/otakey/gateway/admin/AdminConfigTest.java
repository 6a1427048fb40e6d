package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.oidc.OidcConfig;
import io.otakey.gateway.tls.PemFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminConfigTest {
  @TempDir private Path folder;

  @Test
  void defaults_areSound() {
    assertThat(problems(AdminConfig.DEFAULT)).isEmpty();
    assertThat(AdminConfig.DEFAULT.host()).isEqualTo("127.0.0.1");
    assertThat(AdminConfig.DEFAULT.port()).isEqualTo(8081);
  }

  @Test
  void everyFault_isNamed() {
    PemFiles absent =
        new PemFiles(
            Path.of("absent.crt"), Path.of("absent.key"), Optional.of(Path.of("absent.ca")));
    AdminConfig config =
        new AdminConfig(
            " ",
            70_000,
            Optional.of(absent),
            false,
            true,
            1,
            1,
            List.of("a b", "b", "c"),
            Optional.of(new OidcConfig("ftp://x", "a", "r", "sub", List.of(), Optional.empty())));
    assertThat(problems(config))
        .extracting(problem -> problem.replaceAll("[: ].*", ""))
        .containsExactly(
            "admin.host",
            "admin.port",
            "admin.maxBodyBytes",
            "admin.maxConfigBytes",
            "admin.tls.key",
            "admin.tls.certificate",
            "admin.tls.clientCa",
            "admin.gatewayAddresses",
            "admin.gatewayAddresses",
            "admin.oidc.issuer",
            "admin.oidc.roles");
  }

  @Test
  void tokenFile_isMadeOnceForItsOwnerOnly() throws IOException {
    Path file = folder.resolve("admin-token");
    BootstrapToken first = BootstrapToken.inFile(file);
    String token = Files.readString(file).strip();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    byte[] hash = ApiTokenText.hash(token).orElseThrow();
    assertThat(first.is(hash)).isTrue();
    assertThat(BootstrapToken.inFile(file).is(hash)).isTrue();
    assertThat(first.is(new byte[32])).isFalse();
  }

  @Test
  void tokenFile_openToOthersOrDamagedIsRefused() throws IOException {
    Path file = folder.resolve("admin-token");
    BootstrapToken.inFile(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> BootstrapToken.inFile(file)).hasMessageContaining("open to others");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(file, "x");
    assertThatThrownBy(() -> BootstrapToken.inFile(file)).hasMessageContaining("no token");
  }

  @Test
  void hashOfAFirstToken_hasItsForm() {
    assertThatThrownBy(() -> BootstrapToken.ofHash("short")).hasMessageContaining("sha256sum");
    byte[] hash = ApiTokenText.sha256(new byte[32]);
    String hex = HexFormat.of().formatHex(hash);
    assertThat(BootstrapToken.ofHash(hex).is(hash)).isTrue();
  }

  private static List<String> problems(AdminConfig config) {
    List<String> problems = new ArrayList<>();
    config.validate(problems);
    return problems;
  }
}
