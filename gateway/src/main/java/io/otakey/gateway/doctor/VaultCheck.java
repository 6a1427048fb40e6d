package io.otakey.gateway.doctor;

import io.otakey.gateway.vault.VaultConfig;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultException;
import io.otakey.gateway.vault.VaultFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The vault as it would be opened.
 *
 * @param contents empty if it cannot be, or is not there
 */
record VaultCheck(Finding finding, Optional<VaultContents> contents) {
  private static final String NAME = "vault";

  static VaultCheck look(VaultConfig config) {
    if (config.inline().isEmpty() && config.createIfMissing() && Files.notExists(config.file())) {
      return new VaultCheck(
          Finding.ok(NAME, config.file() + " is made at the first start (development mode)"),
          Optional.empty());
    }
    try {
      VaultContents contents =
          config.inline().isPresent()
              ? VaultFile.parse(config.inline().get(), "the vault in the environment")
              : VaultFile.read(config.file());
      return new VaultCheck(
          Finding.ok(
              NAME,
              where(config)
                  + ": installation "
                  + contents.installationId()
                  + ", root "
                  + contents.newestRoot()),
          Optional.of(contents));
    } catch (VaultException | IOException e) {
      return new VaultCheck(Finding.fault(NAME, e), Optional.empty());
    }
  }

  private static String where(VaultConfig config) throws IOException {
    return config.inline().isPresent()
        ? "from the environment"
        : config.file()
            + ", "
            + PosixFilePermissions.toString(Files.getPosixFilePermissions(config.file()));
  }
}
