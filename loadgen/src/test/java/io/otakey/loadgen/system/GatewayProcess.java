package io.otakey.loadgen.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A gateway in a process of its own, with embedded PostgreSQL, all in one folder; it can be killed
 * and started again on the same ports.
 */
public final class GatewayProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PROGRAMS = Path.of("target", "postgres-programs").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String[] LISTENERS = {"mqtt", "mqtts", "http", "https", "admin"};

  private final Path folder;
  private final Map<String, String> settings;
  private final Map<String, Integer> ports = new HashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private @Nullable Process process;

  private GatewayProcess(Path folder, Map<String, String> settings) {
    this.folder = folder;
    this.settings = Map.copyOf(settings);
  }

  /** Starts a gateway and waits until it is ready. */
  public static GatewayProcess start(Path folder, Map<String, String> settings)
      throws IOException, InterruptedException {
    GatewayProcess gateway = new GatewayProcess(folder, settings);
    gateway.start();
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
    JsonNode found = JSON.readTree(ready.toFile());
    for (String listener : LISTENERS) {
      ports.put(listener, found.get(listener).asInt());
    }
  }

  private Process launch() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("OTAKEY_"));
    environment.put("OTAKEY_DATA", folder.toString());
    environment.put("OTAKEY_DATABASE_PROGRAMS", PROGRAMS.toString());
    for (String listener : LISTENERS) {
      String name = "OTAKEY_" + listener.toUpperCase(java.util.Locale.ROOT);
      environment.put(name + "_HOST", "127.0.0.1");
      environment.put(name + "_PORT", Integer.toString(ports.getOrDefault(listener, 0)));
    }
    environment.putAll(settings);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
  }

  private static List<String> command() {
    Path module = Path.of(System.getProperty("otakey.root"), "gateway", "target");
    if (Files.notExists(module.resolve("lib"))) {
      throw new AssertionError("the gateway is not packaged: run './otakey build' first");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:+UseParallelGC");
    command.add("-Xmx1g");
    command.add("-cp");
    command.add(module.resolve("classes") + File.pathSeparator + module.resolve("lib") + "/*");
    command.add("io.otakey.gateway.Main");
    command.add("gateway");
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

  /** The process, for looking at. */
  public ProcessHandle handle() {
    return running().toHandle();
  }

  /** SIGKILL: no chance to tidy up. */
  public void kill() throws InterruptedException {
    running().destroyForcibly().waitFor();
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
    Path pidFile = folder.resolve("database").resolve("cluster").resolve("postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).trim());
    return ProcessHandle.of(pid).orElseThrow();
  }

  /** Creates an open product and gives back its bundle. */
  public Path createProduct(String id) throws IOException, InterruptedException {
    call(
        "POST",
        "/products",
        "{\"id\":\"" + id + "\",\"name\":\"" + id + "\",\"policy\":{\"allowList\":false}}");
    call("POST", "/products/" + id + "/keys", "{}");
    Path bundle = folder.resolve(id + ".json");
    Files.writeString(bundle, call("GET", "/products/" + id + "/bundle", ""));
    return bundle;
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
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("gave up waiting for " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Override
  public void close() throws IOException {
    ProcessHandle database = postgres();
    running().destroyForcibly().onExit().join();
    database.destroyForcibly();
    database.onExit().join();
  }

  private Process running() {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("not started");
    }
    return running;
  }
}
