package io.otakey.loadgen.system;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A RabbitMQ from the system's package, private to one test, that asks the gateway. */
final class RabbitNode implements AutoCloseable {
  private static final Path SERVER = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration STOP = Duration.ofSeconds(20);

  private final ProcessBuilder builder;
  private final Path output;
  private final int mqtt;
  private final int epmd;
  private Process process;

  private RabbitNode(ProcessBuilder builder, Path output, int mqtt, int epmd) throws IOException {
    this.builder = builder;
    this.output = output;
    this.mqtt = mqtt;
    this.epmd = epmd;
    this.process = builder.start();
  }

  /** Starts a node and waits until it takes MQTT. */
  static RabbitNode start(Path folder, int hook, String platform) throws IOException {
    if (!Files.isExecutable(SERVER)) {
      throw new AssertionError("rabbitmq-server is not installed: ./otakey test installs it");
    }
    List<Integer> ports = freePorts(4);
    String asked = "http://127.0.0.1:" + hook + "/" + platform + "/rabbitmq/";
    Path config =
        Files.writeString(
            folder.resolve("rabbitmq.conf"),
            String.join(
                "\n",
                "listeners.tcp.1 = 127.0.0.1:" + ports.get(0),
                "mqtt.listeners.tcp.1 = 127.0.0.1:" + ports.get(1),
                "mqtt.allow_anonymous = false",
                "auth_backends.1 = http",
                "auth_http.http_method = post",
                "auth_http.user_path = " + asked + "user",
                "auth_http.vhost_path = " + asked + "vhost",
                "auth_http.resource_path = " + asked + "resource",
                "auth_http.topic_path = " + asked + "topic",
                ""));
    Path plugins =
        Files.writeString(
            folder.resolve("enabled_plugins"), "[rabbitmq_mqtt,rabbitmq_auth_backend_http].");
    ProcessBuilder builder = new ProcessBuilder(SERVER.toString());
    Map<String, String> environment = builder.environment();
    environment.put("HOME", folder.toString());
    environment.put("RABBITMQ_NODENAME", "otakey" + ports.get(2) + "@localhost");
    environment.put("RABBITMQ_MNESIA_BASE", folder.resolve("data").toString());
    environment.put("RABBITMQ_LOG_BASE", folder.resolve("log").toString());
    environment.put("RABBITMQ_CONFIG_FILE", config.toString());
    environment.put("RABBITMQ_ENABLED_PLUGINS_FILE", plugins.toString());
    environment.put("RABBITMQ_DIST_PORT", ports.get(2).toString());
    environment.put("ERL_EPMD_PORT", ports.get(3).toString());
    environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
    Path output = folder.resolve("output");
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    RabbitNode node = new RabbitNode(builder, output, ports.get(1), ports.get(3));
    try {
      node.awaitMqtt();
      return node;
    } catch (AssertionError e) {
      node.close();
      throw e;
    }
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    process.destroyForcibly().waitFor();
    for (ProcessHandle one : all) {
      one.destroyForcibly();
      GatewayProcess.awaitEnd(one);
    }
  }

  /** Starts it again, where it was, with what it knew. */
  void restart() throws IOException {
    process = builder.start();
    awaitMqtt();
  }

  int mqttPort() {
    return mqtt;
  }

  private void awaitMqtt() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!listens()) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionError("RabbitMQ does not start:\n" + Files.readString(output));
      }
      pause();
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", mqtt), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0);
      held.add(socket);
      ports.add(socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return ports;
  }

  /** Ends the node, and the port mapper that it left behind as a daemon. */
  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroy);
    try {
      if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        all.forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
      }
      killPortMapper();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new AssertionError("the port mapper (epmd) cannot be ended", e);
    }
  }

  /** It refuses while it knows a node that has just died. */
  private void killPortMapper() throws IOException, InterruptedException {
    ProcessBuilder kill = new ProcessBuilder("epmd", "-port", Integer.toString(epmd), "-kill");
    kill.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    long deadline = System.nanoTime() + STOP.toNanos();
    while (kill.start().waitFor() != 0 && System.nanoTime() - deadline < 0) {
      pause();
    }
  }
}
