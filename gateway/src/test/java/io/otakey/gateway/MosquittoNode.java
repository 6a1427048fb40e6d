package io.otakey.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A mosquitto from the system's package with dynamic security, private to one test. */
public final class MosquittoNode extends BrokerNode {
  /** The gateway's client: the plugin's topics, and messages to devices. */
  public static final String USER = "gateway";

  /** That client's password. */
  public static final String PASSWORD = "test-only";

  private static final Path SERVER = Path.of("/usr/sbin/mosquitto");
  private static final Path PLUGIN =
      Path.of("/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private MosquittoNode(Path folder, int port) throws IOException {
    super(
        new ProcessBuilder(SERVER.toString(), "-c", folder.resolve("mosquitto.conf").toString()),
        folder.resolve("output"),
        port);
  }

  /** Sets a broker up as docs/operations.md says, and waits until it takes MQTT. */
  public static MosquittoNode start(Path folder) throws IOException, InterruptedException {
    if (!Files.isExecutable(SERVER) || !Files.exists(PLUGIN)) {
      throw new AssertionError("mosquitto is not installed: ./otakey test installs it");
    }
    Path security = folder.resolve("dynamic-security.json");
    run("mosquitto_ctrl", "dynsec", "init", security.toString(), "admin", "test-only-admin");
    int port = freePorts(1).get(0);
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

  /** Names of its clients. */
  public List<String> clients() throws IOException, InterruptedException {
    return control("listClients").lines().map(String::trim).toList();
  }

  /** Runs {@code mosquitto_ctrl dynsec} as the administrator; what it says. */
  public String control(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("mosquitto_ctrl", "-h", "127.0.0.1", "-p"));
    all.addAll(List.of("" + mqttPort(), "-u", "admin", "-P", "test-only-admin", "dynsec"));
    all.addAll(List.of(command));
    return run(all.toArray(String[]::new));
  }

  private void addGateway() throws IOException, InterruptedException {
    control("createRole", USER);
    for (String type : List.of("publishClientSend", "publishClientReceive", "subscribePattern")) {
      control("addRoleACL", USER, type, "$CONTROL/dynamic-security/#", "allow");
    }
    control("addRoleACL", USER, "publishClientSend", "devices/#", "allow"); // to tell devices
    control("createClient", USER, "-p", PASSWORD);
    control("addClientRole", USER, USER);
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
    CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> read(run));
    if (!run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || run.exitValue() != 0) {
      run.destroyForcibly();
      throw new AssertionError("it fails: " + String.join(" ", command) + ": " + said.join());
    }
    return said.join();
  }

  private static String read(Process run) {
    try {
      return new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
