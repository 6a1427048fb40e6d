package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Both forms of the log that ships. */
class LogFormatTest {
  @Test
  void text_isOneLineWithItsParticulars() throws Exception {
    assertThat(lineIn("text"))
        .matches("....-..-..T..:..:......Z INFO  X - frame refused transport=mqtt code=3\\R");
  }

  @Test
  void json_isOneObjectALine() throws Exception {
    JsonNode line = new ObjectMapper().readTree(lineIn("json"));
    assertThat(line.path("formattedMessage").asText()).isEqualTo("frame refused");
    assertThat(line.path("level").asText()).isEqualTo("INFO");
    assertThat(line.path("kvpList").toString())
        .isEqualTo("[{\"transport\":\"mqtt\"},{\"code\":\"3\"}]");
    assertThat(line.has("timestamp")).isTrue();
  }

  private static String lineIn(String format) throws Exception {
    URL shipped = Main.class.getResource("/logback.xml");
    LoggerContext context = new LoggerContext();
    PrintStream console = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try {
      System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
      context.setMDCAdapter(new LogbackMDCAdapter());
      context.putProperty("OTAKEY_LOG_FORMAT", format);
      JoranConfigurator configurator = new JoranConfigurator();
      configurator.setContext(context);
      configurator.doConfigure(shipped);
      context
          .getLogger("io.otakey.X")
          .atInfo()
          .addKeyValue("transport", "mqtt")
          .addKeyValue("code", 3)
          .log("frame refused");
    } finally {
      System.setErr(console);
      context.stop();
    }
    return written.toString(StandardCharsets.UTF_8);
  }
}
