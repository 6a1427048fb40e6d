package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.handshake.DeviceHandshake;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A node in a process of its own, which can be killed and started again on the same ports. */
final class NodeProcess implements AutoCloseable {
  private static final List<String> LISTENERS = List.of("admin", "http", "mqtt");
  private static final long PATIENCE_SECONDS = 120;

  private final Path data;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, Integer> ports = new HashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private @Nullable Process process;

  /**
   * Nothing runs yet.
   *
   * @param settings as OTAKEY_ variables
   */
  NodeProcess(Path data, Map<String, String> settings) throws IOException {
    this.data = data;
    environment.put("OTAKEY_DATA", data.toString());
    environment.putAll(settings);
    List<Integer> free = BrokerNode.freePorts(LISTENERS.size());
    for (String listener : LISTENERS) {
      int port = free.get(ports.size());
      ports.put(listener, port);
      String name = "OTAKEY_" + listener.toUpperCase(Locale.ROOT);
      environment.put(name + "_HOST", "127.0.0.1");
      environment.put(name + "_PORT", Integer.toString(port));
    }
  }

  int port(String listener) {
    return ports.getOrDefault(listener, 0);
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param wrapper what stands in front of the command
   * @param options of its JVM
   */
  void start(List<String> wrapper, String... options) throws IOException, InterruptedException {
    Path ready = data.resolve("endpoints.json");
    Files.deleteIfExists(ready);
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseParallelGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.otakey.gateway.Main", "gateway"));
    Path log = data.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process started =
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    process = started;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (Files.notExists(ready)) {
      assertThat(started.isAlive() && System.nanoTime() < end).as(Files.readString(log)).isTrue();
      BrokerNode.pause();
    }
  }

  /** A device enrolls here and confirms. */
  void enroll(TestDevice device) throws IOException, InterruptedException {
    DeviceHandshake handshake = device.enroll();
    post(device.confirm(device.take(handshake, post(handshake.request()))));
  }

  /** One frame, and its answer. */
  byte[] post(byte[] frame) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port("http") + "/otakey/1"))
                .header("Content-Type", "application/vnd.otakey")
                .POST(HttpRequest.BodyPublishers.ofByteArray(frame))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray())
        .body();
  }

  /** SIGKILL, to whatever is wrapped, too. */
  void kill() {
    Process running = process;
    if (running != null) {
      List<ProcessHandle> wrapped = running.descendants().toList();
      wrapped.forEach(ProcessHandle::destroyForcibly);
      running.destroyForcibly().onExit().join();
      process = null;
    }
  }

  @Override
  public void close() {
    kill();
  }
}
