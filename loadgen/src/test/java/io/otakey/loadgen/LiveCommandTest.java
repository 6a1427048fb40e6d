package io.otakey.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command line of a living fleet, and what its lines of input do. */
@Timeout(60)
class LiveCommandTest {
  @TempDir private Path folder;
  private final FakeGateway gateway = new FakeGateway();
  private final FakeServer server;
  private final FakePlatform cloud;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  LiveCommandTest() throws InterruptedException {
    this.server = new FakeServer(gateway);
    this.cloud =
        new FakePlatform(
            FakePlatform.asking(
                shown -> gateway.allows("cloud", shown.loginName(), shown.password())));
    gateway.connect("cloud", "127.0.0.1", cloud.port());
  }

  @BeforeEach
  void writeBundle() throws Exception {
    Files.writeString(folder.resolve("bundle.json"), gateway.bundle());
  }

  @AfterEach
  void stop() throws InterruptedException {
    server.close();
    cloud.close();
  }

  @Test
  void theEndOfInput_provesOnceAllAreEnrolled_andTheJsonSaysTheSame() throws Exception {
    Path json = folder.resolve("result.json");
    assertThat(run("", "--json=" + json)).isZero();
    assertThat(printed()).contains("reached: 20 of 20 at epoch 1", "everything held");
    JsonNode result = new ObjectMapper().readTree(json.toFile());
    assertThat(result.at("/proof/0/held").asInt()).isEqualTo(20);
    assertThat(result.at("/counts/ENROLLED").asInt()).isEqualTo(20);
    assertThat(result.at("/perfect").asBoolean()).isTrue();
  }

  @Test
  void lines_areAnsweredInTurn() throws Exception {
    assertThat(run("await platform=cloud epoch=1\nshow\nprove\n")).isZero();
    assertThat(printed()).contains("reached: 20 of 20 at epoch 1 or later on cloud", "outages 0");
    assertThat(run("await platform=cloud\nquit\n", "--id-prefix=q-")).isZero();
    assertThat(printed()).doesNotContain("everything held");
  }

  @Test
  void whatIsAwaitedInVain_spoilsTheResult() throws Exception {
    assertThat(run("await epoch=1\nawait epoch=2\nprove\n", "--timeout=1")).isEqualTo(1);
    assertThat(printed()).contains("not reached: 0 of 20 at epoch 2", "NOT everything held");
  }

  @Test
  void metrics_showTheFleet_whileItLives() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    PipedOutputStream keyboard = new PipedOutputStream();
    InputStream input = new PipedInputStream(keyboard);
    CompletableFuture<Integer> running =
        CompletableFuture.supplyAsync(() -> run(input, "--metrics-port=" + port));
    HttpRequest scrape =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    String shown = "";
    while (!shown.contains("otakey_loadgen_devices{state=\"done\"} 20.0") && !running.isDone()) {
      shown = scraped(scrape);
    }
    keyboard.write("prove\n".getBytes(StandardCharsets.UTF_8));
    keyboard.flush();
    assertThat(running.get()).isZero();
    assertThat(shown)
        .contains(
            "otakey_loadgen_devices{state=\"planned\"} 20.0",
            "otakey_loadgen_devices_at{platform=\"cloud\"} 20.0",
            "otakey_loadgen_events_total{event=\"enrolled\"} 20.0",
            "otakey_loadgen_events_total{event=\"outages\"} 0.0",
            "process_cpu_usage ")
        .containsPattern("otakey_loadgen_latency_seconds_bucket\\{of=\"frame\",le=\"30.0\"} [1-9]");
    assertThat(scraped(scrape)).as("it is over").isEmpty();
  }

  /** What is shown; empty: nobody answers. */
  private static String scraped(HttpRequest scrape) throws InterruptedException {
    try {
      return HttpClient.newHttpClient().send(scrape, BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void wrongOptions_areToldTogether() throws Exception {
    StringWriter complaints = new StringWriter();
    int exit =
        Main.commandLine()
            .setErr(new PrintWriter(complaints))
            .execute(
                "live",
                "--bundle=nowhere",
                "--mqtt=x",
                "--devices=0",
                "--probe=-1",
                "--qos=3",
                "--metrics-port=-1");
    assertThat(exit).isEqualTo(2);
    assertThat(complaints.toString())
        .contains(
            "nowhere cannot be read",
            "--mqtt must",
            "--devices",
            "--probe",
            "--qos",
            "--metrics-port");
  }

  private int run(String input, String... more) {
    return run(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), more);
  }

  private int run(InputStream input, String... more) {
    printed.reset();
    List<String> arguments = new ArrayList<>(List.of("live", "--mqtt=" + server.mqtt()));
    arguments.add("--bundle=" + folder.resolve("bundle.json"));
    arguments.addAll(List.of("--devices=20", "--rate=0", "--poll-within=0.1", "--time-scale=0.01"));
    arguments.addAll(List.of(more));
    InputStream console = System.in;
    PrintStream out = System.out;
    System.setIn(input);
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      return Main.commandLine().execute(arguments.toArray(String[]::new));
    } finally {
      System.setIn(console);
      System.setOut(out);
    }
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
