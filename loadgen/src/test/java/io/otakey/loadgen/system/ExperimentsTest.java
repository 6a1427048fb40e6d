package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Experiments that are shipped, at the smallest scale, each with real gateways of its own; side by
 * side, since they mostly wait: for lost frames, for a platform that is off. The one with firmware
 * is run where firmware is built.
 */
@Execution(ExecutionMode.CONCURRENT)
class ExperimentsTest {
  private static final Path FILES =
      Path.of(System.getProperty("otakey.root"), "loadgen", "experiments");

  /** Where a browser looks at them afterwards. */
  private static final Path REPORTS =
      Path.of(System.getProperty("otakey.root"), "loadgen", "target", "reports");

  @TempDir private Path folder;

  /** Short lives: compile quickly, not well. */
  @BeforeAll
  static void gatewaysAreSmall() throws IOException, InterruptedException {
    PreparedClasses.make();
    List<String> options = new ArrayList<>(PreparedClasses.options());
    options.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"));
    System.setProperty("otakey.node.options", String.join(" ", options));
  }

  private JsonNode run(Path file, int exitCode) throws IOException {
    String scale = Fleet.FULL ? "small" : "tiny";
    int exit =
        Main.commandLine()
            .execute(
                "run",
                file.toString(),
                "--scale",
                scale,
                "--netem",
                "never",
                "--out",
                report(file).toString());
    assertThat(exit).as("exit code of %s", file).isEqualTo(exitCode);
    return new ObjectMapper().readTree(report(file).resolve("result.json").toFile());
  }

  private Path edited(String shipped, UnaryOperator<String> change) throws IOException {
    String text = Files.readString(FILES.resolve(shipped));
    String changed = change.apply(text);
    assertThat(changed).as("what is changed is there").isNotEqualTo(text);
    return Files.writeString(folder.resolve(shipped), changed);
  }

  private static Path report(Path file) {
    return REPORTS.resolve(file.getFileName().toString().replace(".yaml", ""));
  }

  /**
   * The device side has a bug if the model suffers and this fails; the model has one if neither.
   */
  @Test
  void lossAndPowerCuts_brickNone_butTheSchemeThatOverwrites() throws Exception {
    Path file = FILES.resolve("e3-loss-and-power.yaml");
    JsonNode result = run(file, 0);
    for (JsonNode point : result.get("points")) {
      JsonNode figures = point.get("figures");
      assertThat(figures.get("bricked").asInt()).isZero();
      assertThat(figures.get("unproven").asInt()).isZero();
      assertThat(figures.get("overwrite-bricked").asInt()).isPositive();
      assertThat(figures.get("power-cuts").asInt())
          .isGreaterThanOrEqualTo(figures.get("flash-steps").asInt())
          .isGreaterThan(30);
      JsonNode proof = point.at("/phases/2/load");
      assertThat(proof.get("name").asText()).isEqualTo("proof");
      assertThat(proof.get("frames").fieldNames())
          .toIterable()
          .as("no device rotates twice because its power was cut") // after a long silence it
          // enrolls
          .contains("POLL")
          .doesNotContain("ROTATE", "CONFIRM");
    }
    assertThat(Files.readString(report(file).resolve("report.html"))).contains("e3-loss-and-power");
    assertThat(Files.readAllLines(report(file).resolve("latency.hlog"))).hasSizeGreaterThan(6);
  }

  /**
   * Every network delays, what two processes saw is one result, and OTA-Key stands beside others.
   */
  @Test
  void updates_onFourNetworks_byTwoProcesses_besideOtherSchemes() throws Exception {
    Path file =
        edited(
            "e2-update-time-and-data.yaml",
            text -> text.replace("in-flight: 3000", "processes: 2"));
    JsonNode point = run(file, 0).at("/points/0");
    int devices = point.at("/figures/devices").asInt();
    assertThat(point.at("/figures/rotate.done").asInt()).isEqualTo(devices);
    for (JsonNode phase : point.get("phases")) {
      assertThat(phase.at("/load/fromStart/count").asInt()).as("merged").isEqualTo(devices);
      assertThat(phase.get("groups")).hasSize(5);
    }
    assertThat(point.get("schemes").findValuesAsText("id"))
        .contains("otakey-rotate-mqtts", "est", "claim", "dps", "alibaba-tls", "thingsboard-plain")
        .contains("firmware-mqtt-512k-full");
    List<String> log = Files.readAllLines(report(file).resolve("latency.hlog"));
    assertThat(log).anyMatch(line -> line.startsWith("Tag=rotate,"));
  }

  /** A figure that is asserted and missed makes the exit code, and the report says so. */
  @Test
  void platformMove_leavesNoDeviceWithoutACredential() throws Exception {
    Path file = edited("e4-platform-move.yaml", text -> text + "  - re-home.seconds < 1ms\n");
    JsonNode result = run(file, 1);
    for (JsonNode verdict : result.get("verdicts")) {
      boolean missed = verdict.get("text").asText().contains("1ms");
      assertThat(verdict.get("holds").asBoolean()).as("%s", verdict).isEqualTo(!missed);
    }
    assertThat(result.at("/points/0/events")).as("off and on again").hasSize(2);
    assertThat(Files.readString(report(file).resolve("report.html"))).contains("FAILED");
  }

  @Test
  void fleetsOfGrowingSize_enroll_andWhatTheyCostIsDrawn() throws Exception {
    Path file = FILES.resolve("e1-enrollment.yaml");
    JsonNode points = run(file, 0).get("points");
    assertThat(points).hasSizeGreaterThan(1);
    for (JsonNode point : points) {
      assertThat(point.at("/figures/enroll.gateway-cpu").asDouble()).isPositive();
      assertThat(point.at("/figures/proven")).isEqualTo(point.at("/figures/devices"));
    }
    assertThat(report(file).resolve("charts/cpu-for-each-device.svg")).isNotEmptyFile();
  }

  @Test
  void everythingReconnects_spreadAsTheProtocolSays_andAtOnce() throws Exception {
    JsonNode figures = run(FILES.resolve("e5-burst.yaml"), 0).at("/points/0/figures");
    assertThat(figures.get("power-up.p50").asDouble())
        .as("who spreads takes longer")
        .isGreaterThan(figures.get("all-at-once.p50").asDouble());
  }

  /** So few devices at so many cold nodes that how CPU grows says nothing. */
  @Test
  void severalNodes_serveOneFleet_andWhatMoreWouldDoIsComputed() throws Exception {
    Path file = edited("e6-nodes.yaml", text -> text.replace("  - growth.gateway-cpu < 3\n", ""));
    for (JsonNode point : run(file, 0).get("points")) {
      assertThat(point.at("/figures/rotate.done")).isEqualTo(point.at("/figures/devices"));
    }
    assertThat(Files.readString(report(file).resolve("report.html")))
        .contains("Beyond this machine: computed, not measured");
  }

  @Test
  void badHour_losesNoKey() throws Exception {
    String never = "faults:\n  - {do: gateway-kill, phase: rotate, at: 100%}\n";
    JsonNode result = run(edited("e9-bad-hour.yaml", text -> text.replace("faults:\n", never)), 0);
    JsonNode point = result.at("/points/0");
    assertThat(point.get("events")).as("two faults, each begun and over").hasSize(4);
    assertThat(result.get("warnings").toString())
        .contains("fault: gateway kill did not happen: rotate was over before it");
    assertThat(point.at("/figures/proven")).isEqualTo(point.at("/figures/devices"));
  }

  @Test
  void lostDatabase_comesBackFromTheFleet() throws Exception {
    JsonNode result = run(FILES.resolve("e8-lost-database.yaml"), 0);
    JsonNode figures = result.at("/points/0/figures");
    assertThat(figures.get("recover.done").asInt()).isEqualTo(figures.get("devices").asInt());
  }
}
