package io.otakey.gateway.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.vault.VaultContents.Kind;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultTest {
  private static final X25519 CURVE = X25519.choose().x25519();
  private static final KeyRef KEY = new KeyRef(new DeviceRef("thermo", "d1"), 1, Token.ofHex("01"));

  @TempDir private Path folder;

  @Test
  void open_missingVaultInProduction_namesTheRemedy() {
    assertThatThrownBy(() -> Vault.open(config(false), CURVE))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("otakey vault init");
  }

  @Test
  void open_missingVaultInDevelopment_createsOneThatOnlyTheOwnerReads() throws IOException {
    assertThat(Vault.open(config(true), CURVE).created()).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    assertThat(Vault.open(config(true), CURVE).created()).isFalse();
  }

  @Test
  void open_fileOthersCanRead_isRefused() throws IOException {
    VaultFile.write(file(), VaultContents.create());
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> Vault.open(config(false), CURVE))
        .isInstanceOf(VaultException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void open_damagedFile_isRefusedWithoutQuotingIt() throws IOException {
    VaultContents contents = VaultContents.create();
    String secret = HexFormat.of().formatHex(contents.roots().get(0).secret().expose());
    VaultFile.write(file(), contents);
    Files.writeString(file(), Files.readString(file()).replace("\"root\" : 1", "\"root\" : 9"));
    assertThatThrownBy(() -> Vault.open(config(false), CURVE))
        .isInstanceOf(VaultException.class)
        .hasMessageNotContaining(secret);
    Files.writeString(file(), Files.readString(file()).replace("{", "{{"));
    assertThatThrownBy(() -> Vault.open(config(false), CURVE))
        .hasMessageContaining("damaged")
        .hasMessageNotContaining(secret)
        .hasNoCause();
  }

  @Test
  void auditMacs_areOfOneUseAndOneRoot() {
    byte[] text = {1};
    Vault vault = Vault.open(config(true), CURVE).vault();
    byte[] mac = vault.auditMac("entry", 1, text).orElseThrow();
    assertThat(mac).hasSize(32);
    assertThat(vault.auditMac("chain", 1, text).orElseThrow()).isNotEqualTo(mac);
    assertThat(vault.auditMac("entry", 2, text)).isEmpty();
    vault.use(vault.contents().withNewRoot());
    assertThat(vault.newestRoot()).isEqualTo(2);
    assertThat(vault.auditMac("entry", 1, text)).contains(mac);
    assertThat(vault.auditMac("entry", 2, text).orElseThrow()).isNotEqualTo(mac);
  }

  @Test
  void everything_isDerivedAgainFromTheFileAlone() {
    Vault first = Vault.open(config(true), CURVE).vault();
    Vault second = Vault.open(config(false), CURVE).vault();
    assertThat(second.installationId()).isEqualTo(first.installationId());
    assertThat(deviceKey(second, 1)).isEqualTo(deviceKey(first, 1));
    assertThat(second.gatewayKey(1).orElseThrow().publicKey())
        .isEqualTo(first.gatewayKey(1).orElseThrow().publicKey());
    byte[] source = first.newSource();
    assertThat(second.productKey("thermo", 1, source).orElseThrow().secret())
        .isEqualTo(first.productKey("thermo", 1, source).orElseThrow().secret())
        .isNotEqualTo(first.productKey("thermo", 2, source).orElseThrow().secret())
        .isNotEqualTo(first.productKey("other", 1, source).orElseThrow().secret());
  }

  @Test
  void importedProductKey_comesBackOnlyForItsProductAndVersion() {
    Vault vault = Vault.open(config(true), CURVE).vault();
    Secret imported = Secret.copyOf(new byte[32]);
    byte[] source = vault.importSource("thermo", 3, imported);
    assertThat(HexFormat.of().formatHex(source)).doesNotContain("00".repeat(32));
    assertThat(vault.productKey("thermo", 3, source).orElseThrow().secret()).isEqualTo(imported);
    assertThat(vault.productKey("thermo", 4, source)).isEmpty();
    assertThat(vault.productKey("other", 3, source)).isEmpty();
    source[source.length - 1] ^= 1;
    assertThat(Vault.open(config(false), CURVE).vault().productKey("thermo", 3, source)).isEmpty();
  }

  @Test
  void rotation_keepsOldVersionsUntilTheyAreRetired() {
    Vault vault = Vault.open(config(true), CURVE).vault();
    Secret oldKey = deviceKey(vault, 1);
    byte[] oldSource = vault.newSource();
    Secret oldProductKey = vault.productKey("thermo", 1, oldSource).orElseThrow().secret().copy();

    rewrite(VaultContents::withNewRoot);
    rewrite(contents -> contents.withNew(Kind.ALLOCATION_SECRET).withNew(Kind.GATEWAY_KEY));
    vault.reload();
    assertThat(vault.grantingAllocationId()).isEqualTo(1);
    assertThat(vault.allocation(2, "thermo")).isPresent();

    rewrite(
        contents ->
            contents.withGranting(Kind.ALLOCATION_SECRET, 2).withGranting(Kind.GATEWAY_KEY, 2));
    vault.reload();
    assertThat(vault.grantingAllocationId()).isEqualTo(2);
    assertThat(vault.gatewayKeys().stream().map(GatewayKey::id)).containsExactly(2, 1);
    assertThat(deviceKey(vault, 1)).isEqualTo(oldKey).isNotEqualTo(deviceKey(vault, 2));
    assertThat(vault.productKey("thermo", 1, oldSource).orElseThrow().secret())
        .isEqualTo(oldProductKey);

    rewrite(contents -> contents.withRetired(Kind.ALLOCATION_SECRET, 1));
    vault.reload();
    assertThat(vault.allocation(1, "thermo")).isEmpty();
    assertThat(vault.allocation(2, "thermo")).isPresent();
  }

  @Test
  void granting_cannotBeRetired() {
    VaultContents contents = VaultContents.create();
    assertThatThrownBy(() -> contents.withRetired(Kind.GATEWAY_KEY, 1))
        .isInstanceOf(VaultException.class);
    assertThatThrownBy(() -> contents.withGranting(Kind.GATEWAY_KEY, 7))
        .isInstanceOf(VaultException.class);
  }

  @Test
  void reload_anotherInstallation_changesNothing() {
    Vault vault = Vault.open(config(true), CURVE).vault();
    Secret before = deviceKey(vault, 1);
    VaultFile.write(file(), VaultContents.create());
    assertThatThrownBy(vault::reload).isInstanceOf(VaultException.class);
    assertThat(deviceKey(vault, 1)).isEqualTo(before);
  }

  @Test
  void texts_holdNoSecret() {
    VaultContents contents = VaultContents.create();
    String secret = HexFormat.of().formatHex(contents.roots().get(0).secret().expose());
    VaultConfig config = new VaultConfig(file(), Optional.of(secret), false);
    assertThat(config + " " + contents).doesNotContain(secret);
  }

  @Test
  void mark_isTheSameForTheSameVault_andTellsEveryOtherFromIt() {
    VaultContents contents = VaultContents.create();
    VaultContents more = contents.withNew(Kind.ALLOCATION_SECRET);
    VaultContents root = contents.withNewRoot();
    VaultContents otherRoot = contents.withNewRoot();
    VaultFile.write(file(), root);
    assertThat(VaultFile.read(file()).mark()).isEqualTo(root.mark()).hasSize(64);
    assertThat(
            Stream.of(
                    contents,
                    more,
                    more.withGranting(Kind.ALLOCATION_SECRET, 2),
                    more.withRetired(Kind.ALLOCATION_SECRET, 2),
                    contents.withNew(Kind.GATEWAY_KEY),
                    root,
                    otherRoot,
                    root.withNew(Kind.ALLOCATION_SECRET))
                .map(VaultContents::mark))
        .doesNotHaveDuplicates();
  }

  private static Secret deviceKey(Vault vault, int allocationId) {
    return vault.allocation(allocationId, "thermo").orElseThrow().deviceKey(KEY);
  }

  private void rewrite(java.util.function.UnaryOperator<VaultContents> change) {
    VaultFile.write(file(), change.apply(VaultFile.read(file())));
  }

  private VaultConfig config(boolean create) {
    return new VaultConfig(file(), Optional.empty(), create);
  }

  private Path file() {
    return folder.resolve("vault.json");
  }
}
