package io.otakey.gateway.metric;

import io.otakey.protocol.WrittenFile;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/metrics.md is the code, written out. */
class MetricsPageTest {
  @Test
  void page_isTheCode() throws IOException {
    WrittenFile.assertHolds("docs/metrics.md", MetricsPage.text());
  }
}
