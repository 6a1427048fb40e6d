package io.otakey.loadgen.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One gateway process with all that it keeps in a folder; it comes back on the ports it had. */
final class Node {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long START_MILLIS = 300_000;
  private static final long LOOK_MILLIS = 20;
  private static final int LINES_SHOWN = 15;
  private static final List<String> LISTENERS =
      List.of("mqtt", "mqtts", "http", "https", "admin", "hook");

  private final Path root;
  private final Path folder;
  private final Map<String, String> environment;
  private final Map<String, Integer> ports = new HashMap<>();
  private volatile @Nullable Process process;

  /**
   * Starts nothing yet.
   *
   * @param root of the built project
   * @param folder of the node's own
   * @param environment settings as variables
   */
  Node(Path root, Path folder, Map<String, String> environment) {
    this.root = root;
    this.folder = folder;
    this.environment = Map.copyOf(environment);
  }

  /** Starts it, again perhaps, and waits until it serves. */
  void start() throws NodeException, InterruptedException {
    Path ready = folder.resolve("endpoints.json");
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(ready);
      Process started = launch();
      process = started;
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
      while (!Files.exists(ready)) {
        if (!started.isAlive() || System.nanoTime() - deadline > 0) {
          throw new NodeException("the gateway does not start; the end of its log:\n" + logEnd());
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
      JsonNode found = JSON.readTree(ready.toFile());
      for (String listener : LISTENERS) {
        if (found.has(listener)) {
          ports.put(listener, found.get(listener).asInt());
        }
      }
    } catch (IOException e) {
      throw new NodeException(
          "the gateway cannot be started in " + folder + ": " + e.getMessage(), e);
    }
  }

  private Process launch() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(GatewayProgram.OPTIONS);
    command.addAll(List.of(System.getProperty("otakey.node.options", "-Xmx1g").split(" ")));
    command.addAll(List.of("-cp", GatewayProgram.classPath(root), GatewayProgram.MAIN, "gateway"));
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> variables = builder.environment();
    variables.keySet().removeIf(name -> name.startsWith("OTAKEY_"));
    variables.put("OTAKEY_DATA", folder.toString());
    Path programs = root.resolve("loadgen").resolve("target").resolve("postgres-programs");
    variables.put("OTAKEY_DATABASE_PROGRAMS", programs.toString());
    for (String listener : LISTENERS) {
      String name = "OTAKEY_" + listener.toUpperCase(Locale.ROOT);
      variables.put(name + "_HOST", "127.0.0.1");
      int port = ports.computeIfAbsent(listener, first -> FreePorts.one());
      variables.put(name + "_PORT", Integer.toString(port));
    }
    variables.putAll(environment);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
  }

  private Path log() {
    return folder.resolve("gateway.log");
  }

  private String logEnd() throws IOException {
    List<String> lines = Files.readAllLines(log());
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
  }

  Path folder() {
    return folder;
  }

  /** Port of a listener; 0: it has none yet. */
  int port(String listener) {
    return ports.getOrDefault(listener, 0);
  }

  Usage usage() {
    Process running = process;
    return running == null ? Usage.NONE : Usage.of(running.pid());
  }

  /** Its process id; 0: it does not run. */
  long process() {
    Process running = process;
    return running == null ? 0 : running.pid();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroyForcibly().waitFor();
    }
  }

  /** The first process of its PostgreSQL, if it runs. */
  Optional<ProcessHandle> postgres() {
    Path file = folder.resolve("database").resolve("cluster").resolve("postmaster.pid");
    try {
      return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).get(0).strip()));
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // it has none, or is just being started
    }
  }
}
