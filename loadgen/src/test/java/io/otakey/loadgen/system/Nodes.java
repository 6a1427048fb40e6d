package io.otakey.loadgen.system;

import io.otakey.loadgen.node.FreePorts;
import io.otakey.loadgen.scenario.IdRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Nodes of one installation, each a process, with one vault, one PostgreSQL, and a relay in front
 * of each node's place in the cluster that can tell who calls. The first gateway made both and is
 * killed; its PostgreSQL stays.
 */
final class Nodes implements AutoCloseable {
  private static final int ASKED_AT_ONCE = 5000;

  private final GatewayProcess keeper;
  private final Path bundle;
  private final Path vault;
  private final List<GatewayProcess> nodes = new ArrayList<>();
  private final List<Relay> relays = new ArrayList<>();
  private final List<Relay> toDatabase = new ArrayList<>();

  private Nodes(GatewayProcess keeper, Path bundle, Path vault) {
    this.keeper = keeper;
    this.bundle = bundle;
    this.vault = vault;
  }

  /** Starts so many nodes with an open product "demo"; they have yet to find each other. */
  static Nodes start(Path folder, int count, Map<String, String> settings) throws Exception {
    return start(folder, count, settings, GatewayProcess.thisVersion());
  }

  /** As the other one, of the version in this folder. */
  static Nodes start(Path folder, int count, Map<String, String> settings, Path version)
      throws Exception {
    return start(folder, Collections.nCopies(count, new Own(settings, false)), version);
  }

  /**
   * What a node has of its own.
   *
   * @param byScript whether it is started by {@code ./otakey gateway --cluster}
   */
  record Own(Map<String, String> settings, boolean byScript) {}

  /** As the others, a node for each of these. */
  static Nodes start(Path folder, List<Own> owns, Path version) throws Exception {
    Path home = Files.createDirectory(folder.resolve("keeper"));
    Map<String, String> idle = // it takes no duty in its short life
        Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "10000", "OTAKEY_PLATFORMS_TICKMILLIS", "10000");
    GatewayProcess keeper = GatewayProcess.start(home, idle, List.of(), version);
    Nodes nodes = new Nodes(keeper, keeper.createProduct("demo"), home.resolve("vault.json"));
    keeper.kill();
    try {
      nodes.open(folder, owns, home, version);
    } catch (IOException | RuntimeException e) {
      nodes.close();
      throw e;
    }
    return nodes;
  }

  private void open(Path folder, List<Own> owns, Path home, Path version) throws IOException {
    List<Integer> ports = FreePorts.some(owns.size());
    int database = databasePort(home);
    for (int port : ports) {
      relays.add(new Relay(port));
      toDatabase.add(new Relay(database));
    }
    List<CompletableFuture<GatewayProcess>> starting = new ArrayList<>();
    for (int i = 0; i < owns.size(); i++) {
      Map<String, String> own = new HashMap<>(shared(home));
      own.put("OTAKEY_DATABASE_PORT", Integer.toString(toDatabase.get(i).port()));
      own.put("OTAKEY_CLUSTER_PORT", Integer.toString(ports.get(i)));
      own.put("OTAKEY_CLUSTER_PUBLICADDRESS", "127.0.0.1:" + relays.get(i).port());
      own.putAll(owns.get(i).settings());
      List<String> wrapper = owns.get(i).byScript() ? byScript(own, version) : List.of();
      Path data = Files.createDirectory(folder.resolve("node-" + i));
      starting.add(CompletableFuture.supplyAsync(() -> node(data, own, wrapper, version)));
    }
    for (CompletableFuture<GatewayProcess> node : starting) {
      node.exceptionally(failed -> null).join();
      if (!node.isCompletedExceptionally()) {
        nodes.add(node.join());
      }
    }
    starting.forEach(CompletableFuture::join);
  }

  /** In place of the command, which follows as arguments that nobody reads. */
  private static List<String> byScript(Map<String, String> settings, Path version) {
    settings.remove("OTAKEY_CLUSTER_ENABLED");
    settings.put("OTAKEY_BUILD", "off");
    settings.put("OTAKEY_JAVA_HOME", System.getProperty("java.home"));
    settings.put("OTAKEY_JAVA_OPTIONS", "-Xms256m -Xmx256m -XX:TieredStopAtLevel=1");
    return List.of(
        "bash", "-c", "exec \"$0\" gateway --cluster", version.resolve("otakey").toString());
  }

  private static GatewayProcess node(
      Path data, Map<String, String> settings, List<String> wrapper, Path version) {
    try {
      return GatewayProcess.start(data, settings, wrapper, version);
    } catch (IOException | InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  private Map<String, String> shared(Path home) throws IOException {
    String members =
        String.join(",", relays.stream().map(relay -> "127.0.0.1:" + relay.port()).toList());
    return Map.ofEntries(
        Map.entry("OTAKEY_VAULT_FILE", home.resolve("vault.json").toString()),
        Map.entry("OTAKEY_DATABASE_HOST", "127.0.0.1"),
        Map.entry("OTAKEY_DATABASE_PASSWORD", password(home)),
        Map.entry("OTAKEY_MQTTS_ENABLED", "false"),
        Map.entry("OTAKEY_HTTPS_ENABLED", "false"),
        Map.entry("OTAKEY_CLUSTER_ENABLED", "true"),
        Map.entry("OTAKEY_CLUSTER_MEMBERS", members));
  }

  private static String password(Path home) throws IOException {
    return Files.readString(home.resolve("database").resolve("password")).strip();
  }

  private static int databasePort(Path home) throws IOException {
    Path settings = home.resolve("database").resolve("cluster").resolve("otakey.conf");
    return Files.readAllLines(settings).stream()
        .filter(line -> line.startsWith("port = "))
        .mapToInt(line -> Integer.parseInt(line.substring("port = ".length())))
        .findFirst()
        .orElseThrow();
  }

  /** How often two who wrote in the database waited for each other, and one of them lost. */
  long deadlocks() throws IOException {
    Path cluster = keeper.log().resolveSibling("database").resolve("cluster");
    long deadlocks = 0;
    try (Stream<Path> logs = Files.list(cluster.resolve("log"))) {
      for (Path log : logs.toList()) {
        try (Stream<String> lines = Files.lines(log)) {
          deadlocks += lines.filter(line -> line.contains("deadlock detected")).count();
        }
      }
    }
    return deadlocks;
  }

  /** Of the product "demo". */
  Path bundle() {
    return bundle;
  }

  GatewayProcess node(int index) {
    return nodes.get(index);
  }

  /** That all of them read. */
  Path vault() {
    return vault;
  }

  /** No byte more between this node and the others, whoever of the two had connected. */
  void cut(int index) {
    ProcessPorts own = new ProcessPorts(nodes.get(index).pid());
    for (Relay relay : relays) {
      relay.cut(own);
    }
    relays.get(index).cut();
  }

  /** Ends every {@link #cut}. */
  void mend() {
    relays.forEach(Relay::mend);
  }

  /** Between the node with this index and the database. */
  Relay toDatabase(int index) {
    return toDatabase.get(index);
  }

  List<GatewayProcess> all() {
    return List.copyOf(nodes);
  }

  /** Asks all of these to rotate, as an operator does at this node. */
  void rotate(int index, IdRange ids, int devices) throws IOException, InterruptedException {
    for (int from = 0; from < devices; from += ASKED_AT_ONCE) {
      String some =
          String.join(
              ",",
              IntStream.range(from, Math.min(devices, from + ASKED_AT_ONCE))
                  .mapToObj(i -> "\"" + ids.id(i) + "\"")
                  .toList());
      String body = "{\"wish\":\"rotate\",\"deviceIds\":[" + some + "]}";
      nodes.get(index).call("POST", "/products/demo/wanted", body);
    }
  }

  /** Waits until this node sees so many, itself included; how long that took, in milliseconds. */
  long awaitSight(int index, int count) throws InterruptedException {
    long since = System.nanoTime();
    try {
      GatewayProcess.await(
          "node " + index + " to see " + count,
          () -> nodes.get(index).gauge("otakey_cluster_nodes") == count);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + sights(), e);
    }
    return (System.nanoTime() - since) / 1_000_000;
  }

  /** What every node said of the cluster. */
  private String sights() {
    StringBuilder text = new StringBuilder();
    for (GatewayProcess node : nodes) {
      try (Stream<String> lines = Files.lines(node.log())) {
        lines
            .filter(line -> line.contains(" Cluster - "))
            .forEach(l -> text.append('\n').append(l));
      } catch (IOException e) {
        text.append('\n').append(e);
      }
    }
    return text.toString();
  }

  @Override
  public void close() throws IOException {
    for (GatewayProcess node : nodes) {
      node.close();
    }
    for (Relay relay : relays) {
      relay.close();
    }
    for (Relay relay : toDatabase) {
      relay.close();
    }
    keeper.close();
  }
}
