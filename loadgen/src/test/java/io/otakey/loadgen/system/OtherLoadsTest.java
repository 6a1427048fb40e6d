package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.Main;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loads that benchmarks use: TLS, connections that stay, floods, sieges. */
class OtherLoadsTest {
  private static final int DEVICES = 120;

  @TempDir private static Path home;
  private static GatewayProcess gateway;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    gateway = GatewayProcess.start(home, Map.of("OTAKEY_HOOK_ENABLED", "true"));
  }

  @AfterAll
  static void stop() throws Exception {
    try (GatewayProcess ended = gateway) {
      assertThat(ended.complaints()).isEmpty();
    }
  }

  @Test
  void devicesOverTls_enroll_andStayConnected() throws Exception {
    List<Double> connections = new ArrayList<>();
    InputStream console = System.in;
    System.setIn(
        new ByteArrayInputStream(new byte[] {'\n', '\n'}) {
          @Override
          public synchronized int read() {
            connections.add(gateway.gauge("otakey_resource_used", "\"connections\""));
            return super.read();
          }

          @Override
          public synchronized int read(byte[] into, int from, int length) {
            throw new AssertionError("one key at a time");
          }
        });
    try {
      Path json = folder.resolve("result.json");
      int exit =
          Main.commandLine()
              .execute(
                  "enroll",
                  "--bundle=" + gateway.createProduct("staying"),
                  "--mqtt=127.0.0.1:" + gateway.port("mqtts"),
                  "--tls=" + home.resolve("development-certificate.pem"),
                  "--devices=" + DEVICES,
                  "--untimed=20",
                  "--connect=keep",
                  "--connections=4",
                  "--stay",
                  "--quiet",
                  "--json=" + json);
      assertThat(exit).isZero();
      JsonNode result = new ObjectMapper().readTree(json.toFile());
      assertThat(result.get("proven").asInt()).isEqualTo(DEVICES);
      assertThat(result.at("/phases/0/fromStart/count").asInt()).isEqualTo(DEVICES - 20);
    } finally {
      System.setIn(console);
    }
    assertThat(connections).hasSize(2);
    assertThat(connections.get(0)).isLessThanOrEqualTo(4);
    assertThat(connections.get(1)).isBetween((double) DEVICES, DEVICES + 4.0);
  }

  @Test
  void flood_isAnswered_andLeavesNothingBehind() throws Exception {
    Path bundle = gateway.createProduct("demo");
    for (String kind : List.of("garbage", "guard")) {
      for (String rate : List.of("0", "500")) {
        StringWriter out = new StringWriter();
        int exit =
            Main.commandLine()
                .setOut(new PrintWriter(out))
                .execute(
                    "flood",
                    "--bundle=" + bundle,
                    "--mqtt=127.0.0.1:" + gateway.port("mqtt"),
                    "--frame=" + kind,
                    "--rate=" + rate,
                    "--seconds=1",
                    "--json");
        assertThat(exit).isZero();
        JsonNode count = new ObjectMapper().readTree(out.toString());
        assertThat(count.get("answered").asLong()).isBetween(10L, count.get("sent").asLong());
        if (!rate.equals("0")) {
          assertThat(count.get("sent").asLong() + count.get("held").asLong()).isBetween(450L, 500L);
        }
      }
    }
    assertThat(gateway.devices()).isEmpty();
  }

  /** 40 a second of no use would need 320 places in eight seconds; the node has 200. */
  @Test
  void siege_ofANode_keepsNoDeviceOut() throws Exception {
    Map<String, String> limits =
        Map.of("OTAKEY_LIMITS_MAXCONNECTIONS", "200", "OTAKEY_LIMITS_FIRSTFRAME", "8");
    try (GatewayProcess crowded = GatewayProcess.start(folder, limits)) {
      Path bundle = crowded.createProduct("demo");
      List<CompletableFuture<JsonNode>> sieges = new ArrayList<>();
      for (String listener : List.of("mqtt", "http")) {
        sieges.add(
            CompletableFuture.supplyAsync(
                () -> siege(crowded, listener, "--how=slow", "--rate=20", "--seconds=9")));
      }
      int exit =
          Main.commandLine()
              .execute(
                  "enroll",
                  "--bundle=" + bundle,
                  "--mqtt=127.0.0.1:" + crowded.port("mqtt"),
                  "--devices=160",
                  "--rate=20",
                  "--connect=each",
                  "--quiet");
      assertThat(exit).isZero();
      for (CompletableFuture<JsonNode> siege : sieges) {
        JsonNode count = siege.get(1, TimeUnit.MINUTES);
        assertThat(count.get("opened").asInt()).isGreaterThan(140);
        assertThat(count.get("closedByGateway").asInt()).isPositive();
      }
      // a machine that stood still for a second or two turns some away, who come again
      assertThat(crowded.metric("otakey_connections_refused_total", "reason=\"node_full\""))
          .isLessThan(40);
      JsonNode churn = siege(crowded, "mqtt", "--how=churn", "--rate=200", "--seconds=2");
      assertThat(churn.get("opened").asInt()).isBetween(100, 400);
      assertThat(crowded.complaints()).isEmpty();
    }
  }

  private static JsonNode siege(GatewayProcess gateway, String listener, String... options) {
    List<String> command = new ArrayList<>(List.of("siege", "--json"));
    command.add("--" + listener + "=127.0.0.1:" + gateway.port(listener));
    command.addAll(List.of(options));
    StringWriter out = new StringWriter();
    int exit =
        Main.commandLine().setOut(new PrintWriter(out)).execute(command.toArray(String[]::new));
    assertThat(exit).isZero();
    try {
      return new ObjectMapper().readTree(out.toString());
    } catch (JsonProcessingException e) {
      throw new AssertionError(out.toString(), e);
    }
  }

  @Test
  void loginsOfEnrolledDevices_areAsked_andAWrongAnswerShows() throws Exception {
    gateway.call(
        "POST",
        "/connections",
        "{\"platformId\":\"cloud\",\"scheme\":\"mqtt\",\"host\":\"h\",\"port\":1}");
    Path bundle = gateway.createProduct("asked", 1);
    Path logins = folder.resolve("logins");
    int enrolled =
        Main.commandLine()
            .execute(
                "enroll",
                "--bundle=" + bundle,
                "--mqtt=127.0.0.1:" + gateway.port("mqtt"),
                "--devices=" + DEVICES,
                "--connect=keep",
                "--quiet",
                "--logins=" + logins);
    assertThat(enrolled).isZero();
    assertThat(Files.readAllLines(logins)).hasSize(DEVICES);
    assertThat(ask(logins, "right")).isZero();
    assertThat(ask(logins, "wrong")).isZero();
    assertThat(ask(logins, "vhost")).isZero();
    assertThat(gateway.metric("otakey_platform_logins_total", "outcome=\"allowed\""))
        .isGreaterThanOrEqualTo(100);
    gateway.call("POST", "/products/asked/devices/dev-0000007/block", "");
    assertThat(ask(logins, "right")).as("one is refused").isEqualTo(1);
  }

  private static int ask(Path logins, String what) {
    return Main.commandLine()
        .setOut(new PrintWriter(new StringWriter()))
        .execute(
            "logins",
            "--logins=" + logins,
            "--hook=127.0.0.1:" + gateway.port("hook"),
            "--platform=cloud",
            "--ask=" + what,
            "--rate=400",
            "--warm-up=0",
            "--seconds=1");
  }

  @Test
  void filesThatAreNoCertificates_areNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("no.pem"), "nothing");
    StringWriter err = new StringWriter();
    int exit =
        Main.commandLine()
            .setErr(new PrintWriter(err))
            .execute(
                "enroll",
                "--bundle=x",
                "--mqtt=h:1",
                "--devices=5",
                "--untimed=5",
                "--tls=" + file);
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .contains("--tls " + file + " cannot be used")
        .contains("--untimed must be less than --devices");
  }
}
