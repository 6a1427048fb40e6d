package io.otakey.gateway.config;

import io.otakey.protocol.WrittenFile;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/configuration.md is the code, written out. */
class ConfigPageTest {
  @Test
  void page_isTheCode() throws IOException {
    WrittenFile.assertHolds("docs/configuration.md", ConfigPage.text());
  }
}
