package io.otakey.gateway;

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

/** A RabbitMQ from the system's package, private to one test. */
public final class RabbitNode implements AutoCloseable {
  /** The gateway's user on a node that it writes into: nothing but the tag that it needs. */
  public static final String USER = "gateway";

  /** That user's password. */
  public static final String PASSWORD = "test-only";

  private static final Path SERVER = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration STOP = Duration.ofSeconds(20);

  private final ProcessBuilder builder;
  private final Path output;
  private final List<Integer> ports;
  private Process process;

  private RabbitNode(ProcessBuilder builder, Path output, List<Integer> ports) throws IOException {
    this.builder = builder;
    this.output = output;
    this.ports = ports;
    this.process = builder.start();
  }

  /** A node that asks the gateway. */
  public static RabbitNode start(Path folder, int hook, String platform) throws IOException {
    String asked = "http://127.0.0.1:" + hook + "/" + platform + "/rabbitmq/";
    return start(
        folder,
        "rabbitmq_auth_backend_http",
        List.of(
            "auth_backends.1 = http",
            "auth_http.http_method = post",
            "auth_http.user_path = " + asked + "user",
            "auth_http.vhost_path = " + asked + "vhost",
            "auth_http.resource_path = " + asked + "resource",
            "auth_http.topic_path = " + asked + "topic"));
  }

  /** A node that knows its users itself, and has a management API. */
  public static RabbitNode startWithManagement(Path folder) throws IOException {
    return start(
        folder,
        "rabbitmq_management",
        List.of(
            "management.tcp.ip = 127.0.0.1",
            "default_user = " + USER,
            "default_pass = " + PASSWORD,
            "default_user_tags.administrator = true",
            "default_permissions.configure = ^$",
            "default_permissions.write = ^$",
            "default_permissions.read = ^$"));
  }

  private static RabbitNode start(Path folder, String plugin, List<String> settings)
      throws IOException {
    if (!Files.isExecutable(SERVER)) {
      throw new AssertionError("rabbitmq-server is not installed: ./otakey test installs it");
    }
    List<Integer> ports = freePorts(5);
    List<String> lines = new ArrayList<>(settings);
    lines.add("listeners.tcp.1 = 127.0.0.1:" + ports.get(0));
    lines.add("mqtt.listeners.tcp.1 = 127.0.0.1:" + ports.get(1));
    lines.add("mqtt.allow_anonymous = false");
    if (plugin.equals("rabbitmq_management")) {
      lines.add("management.tcp.port = " + ports.get(4));
    }
    Path config = Files.write(folder.resolve("rabbitmq.conf"), lines);
    Path plugins =
        Files.writeString(folder.resolve("enabled_plugins"), "[rabbitmq_mqtt," + plugin + "].");
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
    RabbitNode node = new RabbitNode(builder, output, ports);
    try {
      node.awaitMqtt();
      return node;
    } catch (AssertionError e) {
      node.close();
      throw e;
    }
  }

  /** Where devices connect. */
  public int mqttPort() {
    return ports.get(1);
  }

  /** Where the management API is. */
  public int managementPort() {
    return ports.get(4);
  }

  /** Stops it, and waits until it is gone. */
  public void stop() throws InterruptedException {
    List<ProcessHandle> all = processes();
    all.forEach(ProcessHandle::destroy);
    if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
      all.forEach(ProcessHandle::destroyForcibly);
      process.waitFor();
    }
  }

  /** SIGKILL. */
  public void kill() throws InterruptedException {
    List<ProcessHandle> all = processes();
    all.forEach(ProcessHandle::destroyForcibly);
    process.waitFor();
    while (all.stream().anyMatch(RabbitNode::runs)) {
      pause();
    }
  }

  /** Where nobody buries orphans, a dead one keeps its number. */
  private static boolean runs(ProcessHandle one) {
    try {
      String state = Files.readString(Path.of("/proc", Long.toString(one.pid()), "stat"));
      return state.charAt(state.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  /** Starts it again, where it was, with what it knew. */
  public void start() throws IOException {
    process = builder.start();
    awaitMqtt();
  }

  /** SIGSTOP: it takes connections, and does nothing about them. */
  public void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** SIGCONT. */
  public void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", signal));
    processes().forEach(one -> command.add(Long.toString(one.pid())));
    new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  private List<ProcessHandle> processes() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    return all;
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
      socket.connect(new InetSocketAddress("127.0.0.1", mqttPort()), 1000);
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
    try {
      thaw();
      stop();
      killPortMapper();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new AssertionError("the port mapper (epmd) cannot be ended", e);
    }
  }

  /** It refuses while it knows a node that has just died. */
  private void killPortMapper() throws IOException, InterruptedException {
    ProcessBuilder kill = new ProcessBuilder("epmd", "-port", ports.get(3).toString(), "-kill");
    kill.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    long deadline = System.nanoTime() + STOP.toNanos();
    while (kill.start().waitFor() != 0 && System.nanoTime() - deadline < 0) {
      pause();
    }
  }
}
