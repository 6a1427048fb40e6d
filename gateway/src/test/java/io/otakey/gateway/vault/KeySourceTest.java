package io.otakey.gateway.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeySourceTest {
  @TempDir private Path folder;

  @Test
  void olderRoot_derivesTheSameKeyAgain() {
    VaultConfig config = new VaultConfig(folder.resolve("vault.json"), Optional.empty(), true);
    Vault vault = Vault.open(config, X25519.bouncyCastle()).vault();
    Secret before = key(vault, vault.newSource());
    byte[] newest = new KeySource(false, 2).encode();
    VaultFile.write(config.file(), VaultFile.read(config.file()).withNewRoot());
    vault.reload();
    assertThat(key(vault, vault.sourceUnder(1).orElseThrow())).isEqualTo(before);
    assertThat(vault.newSource()).isEqualTo(newest);
    vault.reload();
    assertThat(key(vault, newest)).isNotEqualTo(before);
    assertThat(vault.sourceUnder(3)).isEmpty();
  }

  @Test
  void source_tellsWhereAKeyComesFrom() {
    VaultConfig config = new VaultConfig(folder.resolve("vault.json"), Optional.empty(), true);
    Vault vault = Vault.open(config, X25519.bouncyCastle()).vault();
    byte[] sealed = vault.importSource("p", 1, Secret.adopt(new byte[32]));
    assertThat(KeySource.of(vault.newSource())).hasValue(new KeySource(false, 1));
    assertThat(KeySource.of(sealed)).hasValue(new KeySource(true, 1));
    assertThat(KeySource.of(new byte[] {9, 0, 0, 0, 1})).isEmpty();
    assertThat(KeySource.of(new byte[4])).isEmpty();
  }

  private static Secret key(Vault vault, byte[] source) {
    return vault.productKey("p", 1, source).orElseThrow().secret();
  }
}
