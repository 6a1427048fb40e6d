package io.otakey.gateway.vault;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the vault is.
 *
 * @param file the file; used unless {@code inline} is there
 * @param inline the vault's JSON itself, from an environment variable
 * @param createIfMissing development mode: make a new vault at the first start, with a loud notice
 */
public record VaultConfig(Path file, Optional<String> inline, boolean createIfMissing) {
  /** Never prints the vault. */
  @Override
  public String toString() {
    return "VaultConfig[file=" + file + ", inline=" + inline.map(text -> "***").orElse("-") + "]";
  }
}
