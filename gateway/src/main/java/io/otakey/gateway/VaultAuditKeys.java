package io.otakey.gateway;

import io.otakey.gateway.audit.AuditKeys;
import io.otakey.gateway.vault.Vault;
import java.util.Locale;
import java.util.Optional;

/** The vault, as the audit log sees it. */
public record VaultAuditKeys(Vault vault) implements AuditKeys {
  @Override
  public int newest() {
    return vault.newestRoot();
  }

  @Override
  public Optional<byte[]> mac(Use use, int root, byte[] text) {
    return vault.auditMac(use.name().toLowerCase(Locale.ROOT), root, text);
  }
}
