package io.otakey.gateway.exchange;

import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.fuzz.FuzzTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Whole conversations with the handlers of frames: an honest device's requests, the same with bytes
 * changed, the same with bytes changed and guard or mac right again, and anything else, in the
 * order that the input says.
 */
public final class ConversationFuzz implements FuzzTarget.Suite {
  private static final int CONVERSATIONS = 800;

  private final ConversationBed bed;

  /** With a vault of its own. */
  public ConversationFuzz() {
    X25519 curve = X25519.choose().x25519();
    try {
      Path folder = Files.createTempDirectory("otakey-fuzz");
      Path file = folder.resolve("vault.json");
      Vault vault = Vault.open(new VaultConfig(file, Optional.empty(), true), curve).vault();
      Files.delete(file);
      Files.delete(folder);
      bed = new ConversationBed(vault, curve);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<FuzzTarget> targets() {
    List<byte[]> seeds =
        List.of(
            new byte[] {0, 1, 3, 2, 1, 3, 4, 0},
            new byte[] {0, 1, 7, 40, 9, 7, 20, 1, 2, 7, 200 - 256, 1, 1, 3},
            new byte[] {0, 6, 3, 1, 1, 6, 30, 4, 5, 9, 0x15, 1, 'w', 1, 'd', 0, 0, 0, 1},
            new byte[] {0, 1, 2, 4, 1, 8, 0, 8, 1, 8, 2, 3, 3});
    return List.of(new FuzzTarget("conversation", CONVERSATIONS, seeds, bed::converse));
  }
}
