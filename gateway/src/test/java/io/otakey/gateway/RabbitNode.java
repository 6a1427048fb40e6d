package io.otakey.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A RabbitMQ from the system's package, private to one test. */
public final class RabbitNode extends BrokerNode {
  /** The gateway's user on a node that it writes into: nothing but the tag that it needs. */
  public static final String USER = "gateway";

  /** That user's password. */
  public static final String PASSWORD = "test-only";

  private static final Path SERVER = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");

  /** One thread that runs processes, and none that spins when it has nothing to do. */
  private static final String FEW_THREADS = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none";

  private static final Duration STOP = Duration.ofSeconds(20);

  private final List<Integer> ports;

  private RabbitNode(ProcessBuilder builder, Path output, List<Integer> ports) throws IOException {
    super(builder, output, ports.get(1));
    this.ports = ports;
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
            "default_permissions.write = ^amq[.]topic$",
            "default_permissions.read = ^amq[.]topic$")); // 3.10 takes these two for each other
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
    environment.put("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", FEW_THREADS);
    RabbitNode node = new RabbitNode(builder, folder.resolve("output"), ports);
    try {
      node.await();
      return node;
    } catch (AssertionError e) {
      node.close();
      throw e;
    }
  }

  /** Where the management API is. */
  public int managementPort() {
    return ports.get(4);
  }

  /** Its users as the management API lists them, in JSON. */
  public String users() throws IOException, InterruptedException {
    return manage("GET", "", "");
  }

  /** Makes a user without rights. */
  public void addUser(String name) throws IOException, InterruptedException {
    manage("PUT", "/" + name, "{\"password\":\"" + PASSWORD + "\",\"tags\":\"\"}");
  }

  /** Takes a user away. */
  public void deleteUser(String name) throws IOException, InterruptedException {
    manage("DELETE", "/" + name, "");
  }

  private String manage(String method, String path, String body)
      throws IOException, InterruptedException {
    String login = Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(UTF_8));
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + managementPort() + "/api/users" + path))
            .version(HttpClient.Version.HTTP_1_1)
            .header("Authorization", "Basic " + login)
            .timeout(STOP)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw new AssertionError(method + " " + path + ": " + answer.statusCode());
    }
    return answer.body();
  }

  /** Ends the node, and the port mapper that it left behind as a daemon. */
  @Override
  public void close() {
    super.close();
    try {
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
