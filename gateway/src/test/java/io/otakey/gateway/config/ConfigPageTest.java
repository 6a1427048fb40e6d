package io.otakey.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/configuration.md is the code, written out. */
class ConfigPageTest {
  @Test
  void page_isTheCode() throws IOException {
    Path page = Path.of(System.getProperty("otakey.root"), "docs", "configuration.md");
    String written = ConfigPage.text();
    if (Boolean.getBoolean("otakey.write")) {
      Files.writeString(page, written);
    }
    assertThat(page).hasContent(written);
  }
}
