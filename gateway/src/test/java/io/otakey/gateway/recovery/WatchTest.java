package io.otakey.gateway.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.Height;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchTest {
  private static final UUID MINE = new UUID(1, 2);

  @TempDir private Path folder;

  private static Height height(long commits, long choice) {
    return new Height(MINE, commits, choice, "", Map.of("meter", 3));
  }

  @Test
  void aDatabase_isDoubtedBehindTheTolerance_orOfAnotherInstallation() {
    Memory seen = Memory.none(MINE).seeing(height(1000, 4));
    assertThat(seen.doubts(height(1000, 4), 0)).isEmpty();
    assertThat(seen.doubts(height(900, 4), 100)).isEmpty();
    assertThat(seen.doubts(height(899, 4), 100).orElseThrow()).contains("899", "1000");
    assertThat(seen.doubts(height(0, 0), 100)).as("a new one").isPresent();
    Height other = new Height(new UUID(3, 4), 5000, 9, "", Map.of());
    assertThat(seen.doubts(other, 100).orElseThrow()).contains("another installation");
  }

  @Test
  void aChoice_makesTheDatabaseRight_howeverFarBehindItIs() {
    Memory seen = Memory.none(MINE).seeing(height(1000, 4));
    Height chosen = height(10, 5);
    assertThat(seen.doubts(chosen, 0)).isEmpty();
    Memory after = seen.seeing(chosen);
    assertThat(after.commits()).isEqualTo(10);
    assertThat(after.doubts(height(9, 5), 0)).isPresent();
  }

  @Test
  void generations_areNeverForgotten() {
    Memory seen = Memory.none(MINE).seeing(height(1, 0));
    Memory after = seen.seeing(new Height(MINE, 2, 1, "", Map.of("meter", 1, "lamp", 2)));
    assertThat(after.generations()).containsEntry("meter", 3).containsEntry("lamp", 2);
  }

  @Test
  void memory_isReadBack_andADamagedOneIsToldFromNone() throws IOException {
    Path file = folder.resolve("memory");
    assertThat(Memory.read(file)).isEmpty();
    Memory memory = new Memory(MINE, 123_456_789_012L, 7, Map.of("a", 1, "b-2", 255));
    memory.write(file);
    assertThat(Memory.read(file)).contains(memory);
    Memory later = memory.seeing(new Height(MINE, 123_456_789_013L, 7, "", Map.of()));
    later.write(file);
    assertThat(Memory.read(file)).contains(later);
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length - 1; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 1;
      Files.write(file, damaged);
      assertThatThrownBy(() -> Memory.read(file)).as("byte " + i).isInstanceOf(IOException.class);
    }
  }
}
