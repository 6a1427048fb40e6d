package io.otakey.gateway.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.fuzz.FuzzTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** What a node remembers of its database, with a checksum that is right. */
public final class MemoryFuzz implements FuzzTarget.Suite {
  private final Path file;

  /** With a file of its own, which is overwritten for every input. */
  public MemoryFuzz() {
    try {
      file = Files.createTempFile("otakey-fuzz", ".memory");
      file.toFile().deleteOnExit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<FuzzTarget> targets() {
    String seed =
        "otakey-memory/1 5ae2f0a4-0d0a-4a37-9d4c-0a6f0f3b2f11 17 3\nthermo 2\nvalve 255\n";
    return List.of(new FuzzTarget("memory", 1000, FuzzTarget.texts(seed), this::memory));
  }

  private void memory(byte[] bytes) throws IOException {
    String body = new String(bytes, StandardCharsets.UTF_8);
    CRC32C crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    Files.writeString(file, body + "crc32c " + Long.toHexString(crc.getValue()) + "\n");
    Optional<Memory> read;
    try {
      read = Memory.read(file);
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    read.orElseThrow().write(file);
    assertThat(Memory.read(file)).isEqualTo(read);
  }
}
