package io.otakey.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class VaultCommandTest {
  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void init_makesAVaultOnce() throws IOException {
    run(0, "init");
    assertThat(out.toString()).contains("back the file up");
    byte[] before = Files.readAllBytes(file());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    run(1, "init");
    assertThat(err.toString()).contains("not overwritten");
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
  }

  @Test
  void rotation_goesFromNewRootToRetirement() {
    run(0, "init");
    run(0, "add-root");
    run(0, "add-allocation-secret");
    run(0, "add-gateway-key");
    assertThat(out.toString()).contains("'otakey vault activate gateway-key ID'");
    assertThat(states()).isEqualTo("1 r1 GRANTING, 2 r2 ACCEPTED / 1 r1 GRANTING, 2 r2 ACCEPTED");
    run(0, "activate", "allocation-secret", "2");
    run(0, "activate", "gateway-key", "2");
    assertThat(states()).isEqualTo("1 r1 ACCEPTED, 2 r2 GRANTING / 1 r1 ACCEPTED, 2 r2 GRANTING");
    run(1, "retire", "gateway-key", "1");
    assertThat(err.toString()).contains("--no-device-needs-it");
    run(0, "retire", "gateway-key", "1", "--no-device-needs-it");
    run(1, "retire", "allocation-secret", "2", "--no-device-needs-it");
    assertThat(states()).isEqualTo("1 r1 ACCEPTED, 2 r2 GRANTING / 1 r1 RETIRED, 2 r2 GRANTING");
    run(0, "show");
    assertThat(out.toString()).containsPattern("gateway key +1 +1 +retired");
  }

  @Test
  void output_holdsNoSecret() {
    run(0, "init");
    run(0, "add-root");
    run(0, "show");
    for (VaultContents.Root root : VaultFile.read(file()).roots()) {
      assertThat(out.toString() + err)
          .doesNotContainIgnoringCase(HexFormat.of().formatHex(root.secret().expose()));
    }
  }

  @Test
  void nonsense_isRefused() throws IOException {
    run(1, "show");
    assertThat(err.toString()).contains("otakey vault init");
    run(0, "init");
    run(2, "activate", "door", "1");
    run(1, "activate", "gateway-key", "7");
    run(2);
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
    run(1, "show");
    assertThat(err.toString()).contains("chmod 600");
  }

  private Path file() {
    return folder.resolve("vault.json");
  }

  private String states() {
    VaultContents vault = VaultFile.read(file());
    return states(vault.allocationSecrets()) + " / " + states(vault.gatewayKeys());
  }

  private static String states(List<VaultContents.Entry> entries) {
    return String.join(
        ", ",
        entries.stream()
            .map(entry -> entry.id() + " r" + entry.rootVersion() + " " + entry.state())
            .toList());
  }

  private void run(int expected, String... words) {
    int code =
        new CommandLine(new VaultCommand(Map.of("OTAKEY_DATA", folder.toString())))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(words);
    assertThat(code).as(out + "\n" + err).isEqualTo(expected);
  }
}
