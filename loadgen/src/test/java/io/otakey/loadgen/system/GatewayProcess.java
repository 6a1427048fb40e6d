package io.otakey.loadgen.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.node.FreePorts;
import io.otakey.loadgen.node.GatewayProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A gateway in a process of its own, with embedded PostgreSQL, all in one folder; it can be killed
 * and started again on the same ports.
 */
public final class GatewayProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PROGRAMS = Path.of("target", "postgres-programs").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Small and all of it there at once, so that a leak shows soon. */
  private static final String HEAP = "256m";

  private static final Pattern COMPLAINT = Pattern.compile(" (WARN|ERROR) |^\\s+at |^Caused by: ");
  private static final Pattern NOTICE =
      Pattern.compile(
          "Gateway - (\\*{9}|A NEW VAULT|Every key of|no device of this|This happens in)");
  private static final String[] LISTENERS = {"mqtt", "mqtts", "http", "https", "admin", "hook"};

  private final Path folder;
  private final Map<String, String> settings;
  private final List<String> wrapper;
  private Path root;
  private final Map<String, Integer> ports = new HashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private @Nullable Process process;

  private GatewayProcess(
      Path folder, Map<String, String> settings, List<String> wrapper, Path root) {
    this.root = root;
    this.folder = folder;
    this.settings = Map.copyOf(settings);
    this.wrapper = List.copyOf(wrapper);
  }

  /** Starts a gateway and waits until it is ready. */
  public static GatewayProcess start(Path folder, Map<String, String> settings)
      throws IOException, InterruptedException {
    return start(folder, settings, List.of());
  }

  /**
   * As {@link #start(Path, Map)}.
   *
   * @param wrapper what stands in front of the command, and ends up as that command
   */
  public static GatewayProcess start(
      Path folder, Map<String, String> settings, List<String> wrapper)
      throws IOException, InterruptedException {
    return start(folder, settings, wrapper, thisVersion());
  }

  /**
   * As {@link #start(Path, Map, List)}.
   *
   * @param root of the version that is started, built
   */
  static GatewayProcess start(
      Path folder, Map<String, String> settings, List<String> wrapper, Path root)
      throws IOException, InterruptedException {
    PreparedClasses.make();
    return startAsIs(folder, settings, wrapper, root);
  }

  /** As {@link #start(Path, Map)}, with classes that nobody prepared. */
  static GatewayProcess startAsIs(Path folder, Map<String, String> settings)
      throws IOException, InterruptedException {
    return startAsIs(folder, settings, List.of(), thisVersion());
  }

  private static GatewayProcess startAsIs(
      Path folder, Map<String, String> settings, List<String> wrapper, Path root)
      throws IOException, InterruptedException {
    GatewayProcess gateway = new GatewayProcess(folder, settings, wrapper, root);
    try {
      gateway.start();
    } catch (IOException | InterruptedException | AssertionError e) {
      gateway.close();
      throw e;
    }
    return gateway;
  }

  /** Starts it again, on the ports it had. */
  public void start() throws IOException, InterruptedException {
    Path ready = folder.resolve("endpoints.json");
    Files.deleteIfExists(ready);
    Process started = launch();
    process = started;
    await("the gateway to be ready; see " + log(), () -> Files.exists(ready) || !started.isAlive());
    if (!Files.exists(ready)) {
      throw new AssertionError("the gateway ended:\n" + Files.readString(log()));
    }
  }

  private Process launch() throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(command());
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("OTAKEY_"));
    environment.put("OTAKEY_DATA", folder.toString());
    environment.put("OTAKEY_DATABASE_PROGRAMS", PROGRAMS.toString());
    for (String listener : LISTENERS) {
      String name = "OTAKEY_" + listener.toUpperCase(Locale.ROOT);
      environment.put(name + "_HOST", "127.0.0.1");
      int port = ports.computeIfAbsent(listener, first -> FreePorts.one());
      environment.put(name + "_PORT", Integer.toString(port));
    }
    environment.putAll(settings);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
  }

  /** Root of the version under test. */
  static Path thisVersion() {
    return Path.of(System.getProperty("otakey.root"));
  }

  /** SIGTERM, then this version, on the same ports. */
  void replaceBy(Path version) throws IOException, InterruptedException {
    terminate();
    root = version;
    start();
  }

  private List<String> command() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(GatewayProgram.OPTIONS);
    command.addAll(List.of("-Xms" + HEAP, "-Xmx" + HEAP, "-XX:+AlwaysPreTouch"));
    if (!Fleet.FULL) {
      command.add("-XX:TieredStopAtLevel=1"); // short lives: compile quickly, not well
    }
    if (root.equals(thisVersion())) {
      command.addAll(PreparedClasses.options());
    }
    command.addAll(List.of("-cp", GatewayProgram.classPath(root), GatewayProgram.MAIN, "gateway"));
    return command;
  }

  /** Everything it wrote so far, all its lives. */
  public Path log() {
    return folder.resolve("gateway.log");
  }

  /** Port of a listener. */
  public int port(String listener) {
    return ports.getOrDefault(listener, 0);
  }

  /** Whether the process lives. */
  public boolean isAlive() {
    return running().isAlive();
  }

  /** Its process id. */
  public long pid() {
    return running().pid();
  }

  /** Lines of WARN and ERROR and stack traces so far, the notice of a new vault left out. */
  public List<String> complaints() throws IOException {
    try (Stream<String> lines = Files.lines(log())) {
      return lines.filter(COMPLAINT.asPredicate().and(NOTICE.asPredicate().negate())).toList();
    }
  }

  /**
   * Sum of a metric, by its name in Prometheus.
   *
   * @param tags as {@code type="confirm"}, which a line must have to count
   */
  public double metric(String name, String... tags) throws IOException, InterruptedException {
    return call("GET", "/metrics", "")
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .filter(line -> Arrays.stream(tags).allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** As {@link #metric}, for conditions that are awaited. */
  public double gauge(String name, String... tags) {
    try {
      return metric(name, tags);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Every device of the product "demo", by the export. */
  public List<JsonNode> devices() throws IOException, InterruptedException {
    List<JsonNode> rows = new ArrayList<>();
    String export = call("GET", "/devices/export?product=demo&format=ndjson", "");
    for (String line : export.lines().toList()) {
      rows.add(JSON.readTree(line));
    }
    return rows;
  }

  /** Waits until the registry has so many devices, however often it is away meanwhile. */
  public void awaitDevices(long count) throws InterruptedException {
    await(
        count + " enrolled devices",
        100,
        () -> {
          try {
            return devices().size() >= count;
          } catch (IOException | AssertionError e) {
            return false; // it is just being started, or its database is
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** SIGKILL: no chance to tidy up. */
  public void kill() throws InterruptedException {
    running().destroyForcibly().waitFor();
  }

  /** Any other signal, to any process. */
  static void signal(String name, ProcessHandle process) throws IOException, InterruptedException {
    List<String> command = List.of("kill", "-" + name, Long.toString(process.pid()));
    int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new AssertionError(String.join(" ", command) + " failed");
    }
  }

  /** SIGTERM, and its exit. */
  public int terminate() throws InterruptedException {
    Process running = running();
    running.destroy();
    if (!running.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("the gateway does not stop; see " + log());
    }
    return running.exitValue();
  }

  /** The embedded PostgreSQL's first process. */
  public ProcessHandle postgres() throws IOException {
    String directory = settings.get("OTAKEY_DATABASE_DATADIRECTORY");
    Path database = directory == null ? folder.resolve("database") : inside(Path.of(directory));
    Path pidFile = database.resolve("cluster").resolve("postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).trim());
    return ProcessHandle.of(pid).orElseThrow();
  }

  /**
   * Waits until a process is gone. Where nobody buries orphans, a dead one keeps its number and
   * counts as alive to Java, for ever.
   */
  static void awaitEnd(ProcessHandle process) throws InterruptedException {
    await("the end of process " + process.pid(), () -> !runs(process));
  }

  private static boolean runs(ProcessHandle process) {
    try {
      String state = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return state.charAt(state.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  /** A path as the process sees it, which may have mounts of its own. */
  public Path inside(Path path) {
    return Path.of("/proc/" + pid() + "/root" + path);
  }

  /** Creates an open product and gives back its bundle. */
  public Path createProduct(String id) throws IOException, InterruptedException {
    return createProduct(id, 0);
  }

  /** As {@link #createProduct(String)}, with the connection that enrollments grant. */
  public Path createProduct(String id, int connection) throws IOException, InterruptedException {
    Map<String, Object> product =
        Map.of(
            "id", id,
            "name", id,
            "policy", Map.of("allowList", false),
            "connectionId", connection);
    call("POST", "/products", JSON.writeValueAsString(product));
    call("POST", "/products/" + id + "/keys", "{}");
    Path bundle = folder.resolve(id + ".json");
    Files.writeString(bundle, call("GET", "/products/" + id + "/bundle", ""));
    return bundle;
  }

  /** Stores a connection to a platform on this machine; its id. */
  public int createConnection(String platform, int port) throws IOException, InterruptedException {
    Map<String, Object> connection =
        Map.of(
            "platformId",
            platform,
            "scheme",
            "mqtt",
            "host",
            "127.0.0.1",
            "port",
            port,
            "topicPrefix",
            "devices/");
    String stored = call("POST", "/connections", JSON.writeValueAsString(connection));
    return JSON.readTree(stored).get("id").asInt();
  }

  /** Registers a platform; a comparison tells when it is there. */
  public void putPlatform(
      String id, String kind, Map<String, String> settings, Map<String, String> secrets)
      throws IOException, InterruptedException {
    Map<String, Object> platform = Map.of("kind", kind, "settings", settings, "secrets", secrets);
    call("PUT", "/platforms/" + id, JSON.writeValueAsString(platform));
    call("POST", "/platforms/" + id + "/check", "");
  }

  /** What there is and what is owed on a platform: {@code there}, {@code toRetire} and so on. */
  public JsonNode logins(String platform) throws IOException, InterruptedException {
    return JSON.readTree(call("GET", "/platforms/" + platform, "")).get("logins");
  }

  /** One call of the administration API with the development token; the body of its answer. */
  public String call(String method, String path, String body)
      throws IOException, InterruptedException {
    String token = Files.readString(folder.resolve("admin-token")).trim();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port("admin") + path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .timeout(Duration.ofSeconds(30));
    request.method(
        method,
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) {
      throw new AssertionError(method + " " + path + ": " + response.body());
    }
    return response.body();
  }

  /** Waits for a condition, looking often. */
  public static void await(String what, BooleanSupplier condition) throws InterruptedException {
    await(what, 20, condition);
  }

  private static void await(String what, int everyMillis, BooleanSupplier condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("gave up waiting for " + what);
      }
      TimeUnit.MILLISECONDS.sleep(everyMillis);
    }
  }

  @Override
  public void close() throws IOException {
    Process running = process;
    if (running == null) {
      return;
    }
    ProcessHandle database = null;
    try {
      database = postgres();
    } catch (IOException | RuntimeException e) {
      // it has none
    }
    running.destroyForcibly().onExit().join();
    if (database != null) {
      database.destroyForcibly();
    }
  }

  private Process running() {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("not started");
    }
    return running;
  }
}
