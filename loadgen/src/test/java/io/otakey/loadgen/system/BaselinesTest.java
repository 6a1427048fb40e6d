package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command, with OTA-Key on a real gateway beside one other scheme. */
class BaselinesTest {
  @Test
  void otaKey_isMeasuredOnARealGateway_andKeepsOneKeyWhateverAnswerIsLost(@TempDir Path folder)
      throws Exception {
    try (GatewayProcess gateway = GatewayProcess.start(folder, Map.of())) {
      Path json = folder.resolve("comparison.json");
      StringWriter table = new StringWriter();
      int exit =
          commandLine(table)
              .execute(
                  "baselines",
                  "--bundle=" + gateway.createProduct("demo"),
                  "--mqtt=127.0.0.1:" + gateway.port("mqtt"),
                  "--http=127.0.0.1:" + gateway.port("http"),
                  "--mqtts=localhost:" + gateway.port("mqtts"),
                  "--https=localhost:" + gateway.port("https"),
                  "--tls=" + folder.resolve("development-certificate.pem"),
                  "--gateway-pid=" + gateway.pid(),
                  "--database-pid=" + gateway.postgres().pid(),
                  "--devices=3",
                  "--warm-up=1",
                  "--only=otakey,alibaba-plain",
                  "--json=" + json);
      assertThat(exit).isZero();
      JsonNode comparison = new ObjectMapper().readTree(json.toFile());
      List<String> ids = new ArrayList<>();
      for (JsonNode scheme : comparison.get("schemes")) {
        ids.add(scheme.get("id").asText());
        if (scheme.get("id").asText().startsWith("otakey")) {
          check(scheme);
        }
        assertThat(scheme.get("cpuRatio").asDouble()).isPositive();
        assertThat(table.toString()).contains(scheme.get("id").asText());
      }
      assertThat(ids)
          .containsExactly(
              "otakey-enroll-mqtt",
              "otakey-enroll-mqtts",
              "otakey-enroll-http",
              "otakey-enroll-https",
              "otakey-rotate-mqtt",
              "otakey-rotate-mqtts",
              "otakey-rotate-http",
              "otakey-rotate-https",
              "alibaba-plain");
      assertThat(comparison.at("/schemes/0/cpuRatio").asDouble()).isEqualTo(1);
      assertThat(gateway.complaints()).isEmpty();
    }
  }

  private static void check(JsonNode scheme) {
    assertThat(scheme.get("losses")).as("GRANT and ACK").hasSize(2);
    for (JsonNode loss : scheme.get("losses")) {
      assertThat(loss.get("outcome").asText()).isEqualTo("SAME");
      assertThat(loss.get("valid").asInt()).isEqualTo(1);
    }
    assertThat(scheme.at("/cpu/serving").asDouble()).isPositive();
    assertThat(scheme.at("/cpu/process").asDouble())
        .isGreaterThanOrEqualTo(scheme.at("/cpu/serving").asDouble());
    assertThat(scheme.at("/cpu/database").asDouble()).isPositive();
    boolean tls = scheme.get("tls").asBoolean();
    assertThat(scheme.at("/socket/up").asDouble() > scheme.at("/application/up").asDouble())
        .isEqualTo(tls);
    boolean mqtt = scheme.get("id").asText().contains("mqtt");
    double expected = 1 + (tls ? 1 : 0) + (mqtt ? 1 : 0) + 2; // TCP, TLS, CONNECT, two frames
    double slower = tls ? 1 : 0; // a session ticket that comes by itself parts a flight in two
    assertThat(scheme.get("roundTrips").asDouble()).isBetween(expected, expected + slower);
  }

  @Test
  void wrongOptions_areToldAllAtOnce() {
    StringWriter errors = new StringWriter();
    assertThat(refused(errors, "--devices=0", "--mqtt=127.0.0.1:1")).isEqualTo(2);
    assertThat(errors.toString()).contains("--devices").contains("--bundle");
    errors.getBuffer().setLength(0);
    assertThat(refused(errors, "--only=nothing")).isEqualTo(2);
    assertThat(errors.toString()).contains("nothing").contains("est");
  }

  private static int refused(StringWriter errors, String... options) {
    List<String> arguments = new ArrayList<>(List.of("baselines"));
    arguments.addAll(List.of(options));
    return commandLine(new StringWriter())
        .setErr(new PrintWriter(errors))
        .execute(arguments.toArray(String[]::new));
  }

  private static CommandLine commandLine(StringWriter out) {
    return Main.commandLine().setOut(new PrintWriter(out));
  }
}
