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
  void oldRoot_isRetiredOnlyWhenNothingComesFromIt() {
    run(0, "init");
    run(1, "retire", "root-secret", "1", "--no-device-needs-it");
    assertThat(err.toString()).contains("newest one: add another one first");
    run(0, "add-root");
    run(1, "retire", "root-secret", "1", "--no-device-needs-it");
    assertThat(err.toString()).contains("allocation secret 1 comes from root secret 1");
    for (String kind : List.of("allocation-secret", "gateway-key")) {
      run(0, "add-" + kind);
      run(0, "activate", kind, "2");
      run(0, "retire", kind, "1", "--no-device-needs-it");
    }
    run(1, "retire", "root-secret", "1");
    assertThat(err.toString()).contains("otakey admin vault usage");
    run(0, "retire", "root-secret", "1", "--no-device-needs-it");
    run(1, "retire", "root-secret", "1", "--no-device-needs-it");
    assertThat(err.toString()).contains("root secret 1 is not held");
    assertThat(VaultFile.read(file()).roots())
        .extracting(VaultContents.Root::version)
        .containsExactly(2);
  }

  @Test
  void shares_restoreTheVault_andFewerDoNot() throws IOException {
    run(0, "init");
    run(0, "add-root");
    byte[] vault = Files.readAllBytes(file());
    Path shares = folder.resolve("shares");
    run(1, "export", "--shares", "5", "--threshold", "1", "--output", shares.toString());
    run(0, "export", "--shares", "5", "--threshold", "3", "--output", shares.toString());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(share(1))))
        .isEqualTo("rw-------");
    run(1, "export", "--shares", "2", "--threshold", "2", "--output", shares.toString());
    assertThat(err.toString()).contains("vault-share-1.json exists already");
    run(1, "restore", "" + share(1), "" + share(3), "" + share(5));
    assertThat(err.toString()).contains("vault.json exists already");

    Files.delete(file());
    run(1, "restore", "" + share(1), "" + share(1), "" + share(3));
    assertThat(err.toString()).contains("3 different shares are needed, 2 given");
    run(1, "restore", "" + share(1), "" + share(2), "" + folder.resolve("none"));
    String damaged = Files.readString(share(4)).replaceFirst("\"key\" : \"..", "\"key\" : \"00");
    Files.writeString(folder.resolve("damaged"), damaged.replaceFirst("\"00.", "\"001"));
    run(1, "restore", "" + share(1), "" + share(2), "" + folder.resolve("damaged"));
    assertThat(err.toString()).contains("do not open the vault");
    assertThat(file()).doesNotExist();

    run(0, "restore", "" + share(5), "" + share(3), "" + share(1));
    assertThat(Files.readAllBytes(file())).isEqualTo(vault);
    Files.delete(file());
    run(0, "restore", "" + share(2), "" + share(3), "" + share(1), "" + share(4));
    assertThat(Files.readAllBytes(file())).isEqualTo(vault);
  }

  private Path share(int number) {
    return folder.resolve("shares").resolve("vault-share-" + number + ".json");
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
