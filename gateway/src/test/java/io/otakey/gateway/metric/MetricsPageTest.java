package io.otakey.gateway.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/metrics.md is the code, written out. */
class MetricsPageTest {
  @Test
  void page_isTheCode() throws IOException {
    Path page = Path.of(System.getProperty("otakey.root"), "docs", "metrics.md");
    String written = MetricsPage.text();
    if (Boolean.getBoolean("otakey.write")) {
      Files.writeString(page, written);
    }
    assertThat(page).hasContent(written);
  }
}
