package io.otakey.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs against a gateway that is not ours. */
@Timeout(60)
class EnrollTest {
  private static final int DEVICES = 200;

  @TempDir private Path folder;
  private final FakeGateway gateway = new FakeGateway();
  private final FakeServer server;

  EnrollTest() throws InterruptedException {
    this.server = new FakeServer(gateway);
  }

  @BeforeEach
  void writeBundle() throws IOException {
    Files.writeString(folder.resolve("bundle.json"), gateway.bundle());
  }

  @AfterEach
  void stop() throws InterruptedException {
    server.close();
  }

  @Test
  void mqttWithAConnectionEach_enrollsAndProvesEveryDevice() throws Exception {
    JsonNode result = run(0, "--transport", "mqtt", "--connect", "each");
    assertThat(gateway.active()).isEqualTo(DEVICES);
    assertThat(server.clientIds).contains("dev-0000001", "dev-0000200");
    assertThat(server.connections.get()).isBetween(DEVICES, DEVICES + 32);
    assertThat(result.at("/proven").asInt()).isEqualTo(DEVICES);
    assertThat(result.at("/phases/0/frames/ENROLL/answered").asInt()).isEqualTo(DEVICES);
    assertThat(result.at("/phases/0/fromStart/count").asInt()).isEqualTo(DEVICES);
  }

  @Test
  void httpWithAConnectionEach_keepsItForBothFrames() throws Exception {
    run(0, "--transport", "http", "--connect", "each", "--connections", "2");
    assertThat(gateway.active()).isEqualTo(DEVICES);
    assertThat(server.connections.get()).isBetween(DEVICES, DEVICES + 2);
  }

  @Test
  void mixOnWarmConnections_usesFew_andRotates() throws Exception {
    JsonNode result =
        run(
            0,
            "--transport",
            "mix",
            "--connect",
            "keep",
            "--connections",
            "4",
            "--rotate",
            "2",
            "--qos",
            "0");
    assertThat(gateway.active()).isEqualTo(DEVICES);
    assertThat(gateway.lowestEpoch()).isEqualTo(3);
    assertThat(server.connections.get()).isLessThanOrEqualTo(8);
    assertThat(result.at("/phases")).hasSize(4);
    assertThat(result.at("/phases/2/frames/ROTATE/answered").asInt()).isEqualTo(DEVICES);
  }

  @Test
  void bytesAtTheSocket_areMoreThanThoseOfFrames() throws Exception {
    JsonNode mqtt = run(0, "--transport", "mqtt", "--connect", "keep", "--id-prefix", "a");
    JsonNode http = run(0, "--transport", "http", "--connect", "keep", "--id-prefix", "b");
    long frames = frameBytes(mqtt);
    assertThat(frames).isEqualTo(frameBytes(http)).isGreaterThan(150L * DEVICES);
    long overMqtt = mqtt.at("/sockets/bytesOut").asLong();
    long overHttp = http.at("/sockets/bytesOut").asLong();
    assertThat(overMqtt).isBetween(frames + 3L * 12 * DEVICES, frames + 3L * 40 * DEVICES);
    assertThat(overHttp).isGreaterThan(overMqtt);
  }

  private static long frameBytes(JsonNode result) {
    long sum = 0;
    for (JsonNode phase : result.at("/phases")) {
      sum += phase.get("frameBytesOut").asLong();
    }
    return sum;
  }

  @Test
  void badNetwork_isOutlived() throws Exception {
    JsonNode result =
        run(
            0,
            "--transport",
            "mix",
            "--connect",
            "each",
            "--drop",
            "0.2",
            "--duplicate",
            "0.2",
            "--reorder",
            "0.2",
            "--time-scale",
            "0.001",
            "--answer-within",
            "200",
            "--devices",
            "80");
    assertThat(gateway.active()).isEqualTo(80);
    assertThat(result.at("/phases/0/frames/ENROLL/sent").asInt()).isGreaterThan(80);
  }

  @Test
  void busyGateway_isAskedAgain_andCounted() throws Exception {
    gateway.beBusy(50);
    JsonNode result = run(0, "--transport", "mqtt", "--connect", "keep", "--time-scale", "0.01");
    assertThat(result.at("/phases/0/frames/ENROLL/refusals/8 busy").asInt()).isEqualTo(50);
  }

  @Test
  void rotationThatADeviceGaveUpInSilence_isOrderedAgain() throws Exception {
    gateway.beDeafToRotations();
    JsonNode result = run(0, "--devices", "1", "--rotate", "1", "--time-scale", "0.000001");
    assertThat(gateway.lowestEpoch()).isEqualTo(2);
    assertThat(result.at("/phases/1/frames/ENROLL/sent").asInt()).isPositive();
    assertThat(result.at("/phases/1/done").asInt()).isEqualTo(1);
  }

  @Test
  void lostConnections_areMadeAgain() throws Exception {
    CompletableFuture<Void> cut =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (gateway.active() < DEVICES / 4) {
                  TimeUnit.MILLISECONDS.sleep(1);
                }
                server.cutConnections();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    JsonNode result =
        run(
            0,
            "--transport",
            "mix",
            "--connect",
            "keep",
            "--rate",
            "400",
            "--time-scale",
            "0.01",
            "--connections",
            "4");
    cut.get(10, TimeUnit.SECONDS);
    assertThat(gateway.active()).isEqualTo(DEVICES);
    assertThat(result.at("/sockets/connectionsLost").asInt()).isBetween(1, 8);
  }

  @Test
  void deviceThatTheGatewayForgot_isNotProven() throws Exception {
    gateway.forget("dev-0000007");
    JsonNode result = run(1, "--transport", "mqtt", "--connect", "keep");
    assertThat(result.at("/enrolled").asInt()).isEqualTo(DEVICES);
    assertThat(result.at("/proven").asInt()).isEqualTo(DEVICES - 1);
    assertThat(result.at("/bricked").asInt()).isEqualTo(1);
  }

  @Test
  void gatewayThatIsNotThere_failsEveryDevice() throws Exception {
    try (Socket taken = new Socket()) { // bound and silent: nobody else can answer there
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      String nowhere = "127.0.0.1:" + taken.getLocalPort();
      JsonNode result =
          run(1, "--mqtt", nowhere, "--connect", "each", "--timeout", "8", "--devices", "20");
      assertThat(result.at("/failed").asInt()).isEqualTo(20);
      assertThat(result.at("/sockets/connectFailures").asInt()).as("%s", result).isPositive();
    }
  }

  @Test
  void sourceAddresses_takeTurns() throws Exception {
    run(0, "--transport", "mqtt", "--connect", "each", "--source-addresses", "127.0.0.2,127.0.0.3");
    assertThat(server.sources).containsExactlyInAnyOrder("127.0.0.2", "127.0.0.3");
  }

  @Test
  void pace_isKeptByTheClock() throws Exception {
    JsonNode result =
        run(0, "--transport", "mqtt", "--connect", "keep", "--rate", "200", "--devices", "100");
    assertThat(result.at("/phases/0/seconds").asDouble()).isBetween(0.49, 5.0);
    assertThat(result.at("/phases/0/dropped").asInt()).isZero();
  }

  @Test
  void boundOfDevicesInFlight_holdsOthersBack() throws Exception {
    JsonNode result =
        run(0, "--transport", "mqtt", "--connect", "each", "--rate", "1000000", "--in-flight", "4");
    assertThat(result.at("/phases/0/held").asInt()).isPositive();
    assertThat(result.at("/warnings").toString()).contains("held back");
  }

  @Test
  void startNumbers_shareAFleet() throws Exception {
    run(0, "--transport", "mqtt", "--connect", "keep", "--start-number", "1000");
    run(0, "--transport", "mqtt", "--connect", "keep", "--start-number", "2000");
    assertThat(gateway.active()).isEqualTo(2L * DEVICES);
  }

  @Test
  void wrongOptions_areToldTogether() {
    StringWriter err = new StringWriter();
    int code =
        Main.commandLine()
            .setErr(new PrintWriter(err))
            .execute(
                "enroll",
                "--bundle",
                "nowhere.json",
                "--devices",
                "0",
                "--qos",
                "3",
                "--rate",
                "-1");
    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .contains("--devices must")
        .contains("--qos must")
        .contains("--rate must")
        .contains("--mqtt must")
        .contains("nowhere.json cannot be read");
  }

  @Test
  void cryptoBench_measures() {
    StringWriter out = new StringWriter();
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .execute(
                "crypto-bench",
                "--warm-up",
                "0.05",
                "--windows",
                "3",
                "--window",
                "0.02",
                "--json");
    assertThat(code).isZero();
    assertThat(out.toString()).containsPattern("\"microseconds\":[1-9][0-9]*\\.[0-9]+");
  }

  private JsonNode run(int exitCode, String... options) throws IOException {
    Path json = folder.resolve("result.json");
    List<String> args = new ArrayList<>();
    args.addAll(List.of("enroll", "--bundle", folder.resolve("bundle.json").toString()));
    args.addAll(List.of("--http", server.http(), "--quiet", "--json", json.toString()));
    if (!List.of(options).contains("--mqtt")) {
      args.addAll(List.of("--mqtt", server.mqtt()));
    }
    if (!List.of(options).contains("--devices")) {
      args.addAll(List.of("--devices", Integer.toString(DEVICES)));
    }
    if (!List.of(options).contains("--rate")) {
      args.addAll(List.of("--rate", "5000"));
    }
    if (!List.of(options).contains("--timeout")) {
      args.addAll(List.of("--timeout", "40"));
    }
    args.addAll(List.of(options));
    assertThat(Main.commandLine().execute(args.toArray(String[]::new))).isEqualTo(exitCode);
    return new ObjectMapper().readTree(json.toFile());
  }
}
