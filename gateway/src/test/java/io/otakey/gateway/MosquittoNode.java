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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A mosquitto from the system's package with dynamic security, private to one test. */
public final class MosquittoNode implements AutoCloseable {
  /** The gateway's client: nothing but the plugin's topics. */
  public static final String USER = "gateway";

  /** That client's password. */
  public static final String PASSWORD = "test-only";

  private static final Path SERVER = Path.of("/usr/sbin/mosquitto");
  private static final Path PLUGIN =
      Path.of("/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path folder;
  private final int port;
  private Process process;

  private MosquittoNode(Path folder, int port) throws IOException {
    this.folder = folder;
    this.port = port;
    this.process = launch();
  }

  /** Sets a broker up as docs/operations.md says, and waits until it takes MQTT. */
  public static MosquittoNode start(Path folder) throws IOException, InterruptedException {
    if (!Files.isExecutable(SERVER) || !Files.exists(PLUGIN)) {
      throw new AssertionError("mosquitto is not installed: ./otakey test installs it");
    }
    Path security = folder.resolve("dynamic-security.json");
    run("mosquitto_ctrl", "dynsec", "init", security.toString(), "admin", "test-only-admin");
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> lines =
        new ArrayList<>(
            List.of(
                "listener " + port + " 127.0.0.1",
                "allow_anonymous false",
                "plugin " + PLUGIN,
                "plugin_opt_config_file " + security));
    if (System.getProperty("user.name").equals("root")) {
      lines.add("user root"); // else it becomes a user that cannot write the file
    }
    Files.write(folder.resolve("mosquitto.conf"), lines);
    MosquittoNode node = new MosquittoNode(folder, port);
    try {
      node.await();
      node.addGateway();
      return node;
    } catch (AssertionError e) {
      node.close();
      throw e;
    }
  }

  /** Where devices connect. */
  public int port() {
    return port;
  }

  /** Runs {@code mosquitto_ctrl dynsec} as the administrator. */
  public void control(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("mosquitto_ctrl", "-h", "127.0.0.1", "-p"));
    all.addAll(List.of("" + port, "-u", "admin", "-P", "test-only-admin", "dynsec"));
    all.addAll(List.of(command));
    run(all.toArray(String[]::new));
  }

  /** Stops it, and waits until it is gone. */
  public void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Starts it again, where it was, with what it knew. */
  public void start() throws IOException {
    process = launch();
    await();
  }

  /** SIGSTOP: it takes connections, and does nothing about them. */
  public void freeze() throws IOException, InterruptedException {
    run("kill", "-STOP", Long.toString(process.pid()));
  }

  /** SIGCONT. */
  public void thaw() throws IOException, InterruptedException {
    run("kill", "-CONT", Long.toString(process.pid()));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private void addGateway() throws IOException, InterruptedException {
    control("createRole", USER);
    for (String type : List.of("publishClientSend", "publishClientReceive", "subscribePattern")) {
      control("addRoleACL", USER, type, "$CONTROL/dynamic-security/#", "allow");
    }
    control("createClient", USER, "-p", PASSWORD);
    control("addClientRole", USER, USER);
  }

  private Process launch() throws IOException {
    return new ProcessBuilder(SERVER.toString(), "-c", folder.resolve("mosquitto.conf").toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()))
        .start();
  }

  private Path output() {
    return folder.resolve("output");
  }

  private void await() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!listens()) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionError("mosquitto does not start:\n" + Files.readString(output()));
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process run =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || run.exitValue() != 0) {
      run.destroyForcibly();
      throw new AssertionError("it fails: " + String.join(" ", command));
    }
  }
}
