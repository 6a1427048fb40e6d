package io.otakey.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Prometheus from the system's package with the files of grafana/prometheus, private to one test:
 * as an operator runs it, but that all spans of time in it are shorter by one factor, so that what
 * takes hours is seen in seconds.
 */
final class PrometheusNode implements AutoCloseable {
  static final Path FILES = Path.of(System.getProperty("otakey.root"), "grafana", "prometheus");

  /** Where rules have a span of time: a range, an offset, how long an alert must hold. */
  private static final Pattern SPAN =
      Pattern.compile("(\\[|offset |for: |interval: )(\\d+)(s|m|h|d)\\b");

  /** Where they have an age in seconds that is waited for, or how far ahead they look. */
  private static final Pattern SECONDS = Pattern.compile("(_seconds\\) > |\\], )(\\d+)\\b");

  private static final Duration PATIENCE =
      Duration.ofMinutes(Boolean.getBoolean("otakey.full") ? 5 : 1);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Path output;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Set<String> fired = new TreeSet<>();

  private PrometheusNode(Process process, Path output, int port) {
    this.process = process;
    this.output = output;
    this.port = port;
  }

  /**
   * Starts one, and waits until it answers.
   *
   * @param faster by how much spans of time are shorter
   * @param targets the nodes' administration addresses
   */
  static PrometheusNode start(Path folder, int faster, List<String> targets)
      throws IOException, InterruptedException {
    for (String file : List.of("recording.yml", "alerts.yml")) {
      Files.writeString(
          folder.resolve(file), faster(Files.readString(FILES.resolve(file)), faster));
    }
    Path config = folder.resolve("prometheus.yml");
    String usual = Files.readString(FILES.resolve("prometheus.yml"));
    Files.writeString(config, usual.replace("_interval: 15s", "_interval: 300ms"));
    Files.writeString(
        folder.resolve("targets.yml"),
        "- labels: {cluster: main}\n  targets: [" + String.join(", ", targets) + "]\n");
    int port = BrokerNode.freePorts(1).get(0);
    Path output = folder.resolve("output");
    ProcessBuilder program =
        new ProcessBuilder(
                "prometheus",
                "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    program.environment().put("GOGC", "800"); // it asks much and keeps little
    Process process = program.start();
    PrometheusNode node = new PrometheusNode(process, output, port);
    try {
      node.until("it is ready", () -> node.get("/-/ready").statusCode() == 200);
      return node;
    } catch (AssertionError e) {
      node.close();
      throw e;
    }
  }

  /**
   * The same rules with shorter spans of time. How long a certificate is to hold stays: its times
   * are those of calendars. So do bounds on how long one call or write takes.
   */
  static String faster(String rules, int faster) {
    String shorter =
        SPAN.matcher(rules).replaceAll(span -> span.group(1) + millis(span) / faster + "ms");
    return SECONDS
        .matcher(shorter)
        .replaceAll(age -> age.group(1) + Double.parseDouble(age.group(2)) / faster);
  }

  private static long millis(MatchResult span) {
    TimeUnit unit =
        switch (span.group(3)) {
          case "s" -> TimeUnit.SECONDS;
          case "m" -> TimeUnit.MINUTES;
          case "h" -> TimeUnit.HOURS;
          default -> TimeUnit.DAYS;
        };
    return unit.toMillis(Long.parseLong(span.group(2)));
  }

  /** The series that an expression has now. */
  List<JsonNode> query(String expression) {
    JsonNode answer = json("/api/v1/query?query=" + encoded(expression));
    if (!answer.path("status").asText().equals("success")) {
      throw new AssertionError(expression + ": " + answer.path("error").asText());
    }
    List<JsonNode> series = new ArrayList<>();
    answer.path("data").path("result").forEach(series::add);
    return series;
  }

  /** Every rule, as it was last evaluated. */
  List<JsonNode> rules() {
    List<JsonNode> rules = new ArrayList<>();
    json("/api/v1/rules")
        .path("data")
        .path("groups")
        .forEach(group -> group.path("rules").forEach(rules::add));
    return rules;
  }

  /** Whether an alert fires, for whatever. */
  boolean fires(String alert) {
    boolean fires = !query("ALERTS{alertstate=\"firing\",alertname=\"" + alert + "\"}").isEmpty();
    if (fires) {
      fired.add(alert);
    }
    return fires;
  }

  /** Waits until each of them has been seen to fire, in any order: some do for seconds only. */
  void awaitAlerts(String... alerts) {
    Set<String> left = new TreeSet<>(List.of(alerts));
    try {
      until(
          "they fire",
          () -> {
            left.removeIf(this::fires);
            return left.isEmpty();
          });
    } catch (AssertionError e) {
      throw new AssertionError("not fired: " + left, e);
    }
  }

  /** Waits until none of them fires or is about to, as before its fault. */
  void awaitCalm(String... alerts) {
    String any = "ALERTS{alertname=~\"" + String.join("|", alerts) + "\"}";
    until(any + " is empty", () -> query(any).isEmpty());
  }

  /** The alerts that were seen to fire. */
  Set<String> fired() {
    return Set.copyOf(fired);
  }

  /** Waits for what it comes to know. */
  void until(String what, Condition condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!holds(condition)) {
      if (System.nanoTime() > end || !process.isAlive()) {
        throw new AssertionError("not within " + PATIENCE + ": " + what + "\n" + said());
      }
      BrokerNode.pause();
    }
  }

  /** What is waited for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  /** While it does not answer, nothing holds. */
  private static boolean holds(Condition condition) {
    try {
      return condition.holds();
    } catch (IOException e) {
      return false;
    }
  }

  private String said() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private JsonNode json(String path) {
    try {
      return JSON.readTree(get(path).body());
    } catch (IOException e) {
      throw new AssertionError(said(), e);
    }
  }

  private HttpResponse<String> get(String path) throws IOException {
    try {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
