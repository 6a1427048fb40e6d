package io.otakey.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of the project that is made from code; a test holds it to the code, and makes it. */
public final class WrittenFile {
  private WrittenFile() {}

  /**
   * Asserts that it is what the code says; with {@code -Dotakey.write=true} it is written first.
   *
   * @param name below the project's root, as {@code docs/metrics.md}
   */
  public static void assertHolds(String name, String text) throws IOException {
    Path file = Path.of(System.getProperty("otakey.root")).resolve(name);
    if (Boolean.getBoolean("otakey.write")) {
      Files.writeString(file, text);
    }
    assertThat(file).hasContent(text);
  }
}
