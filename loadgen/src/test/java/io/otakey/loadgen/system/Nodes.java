package io.otakey.loadgen.system;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Nodes of one installation, each a process, with one vault, one PostgreSQL, and a relay in front
 * of each node's place in the cluster. The first gateway made both and is killed; its PostgreSQL
 * stays.
 */
final class Nodes implements AutoCloseable {
  private final GatewayProcess keeper;
  private final Path bundle;
  private final List<GatewayProcess> nodes = new ArrayList<>();
  private final List<Relay> relays = new ArrayList<>();

  private Nodes(GatewayProcess keeper, Path bundle) {
    this.keeper = keeper;
    this.bundle = bundle;
  }

  /** Starts so many nodes with an open product "demo"; they have yet to find each other. */
  static Nodes start(Path folder, int count, Map<String, String> settings) throws Exception {
    Path home = Files.createDirectory(folder.resolve("keeper"));
    Map<String, String> idle = // it takes no duty in its short life
        Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "10000", "OTAKEY_PLATFORMS_TICKMILLIS", "10000");
    GatewayProcess keeper = GatewayProcess.start(home, idle);
    Nodes nodes = new Nodes(keeper, keeper.createProduct("demo"));
    keeper.kill();
    try {
      nodes.open(folder, count, settings, home);
    } catch (IOException | RuntimeException e) {
      nodes.close();
      throw e;
    }
    return nodes;
  }

  private void open(Path folder, int count, Map<String, String> settings, Path home)
      throws IOException {
    List<Integer> ports = freePorts(count);
    for (int port : ports) {
      relays.add(new Relay(port));
    }
    List<CompletableFuture<GatewayProcess>> starting = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, String> own = new HashMap<>(shared(home));
      own.put("OTAKEY_CLUSTER_PORT", Integer.toString(ports.get(i)));
      own.put("OTAKEY_CLUSTER_PUBLICADDRESS", "127.0.0.1:" + relays.get(i).port());
      own.putAll(settings);
      Path data = Files.createDirectory(folder.resolve("node-" + i));
      starting.add(CompletableFuture.supplyAsync(() -> node(data, own)));
    }
    for (CompletableFuture<GatewayProcess> node : starting) {
      node.exceptionally(failed -> null).join();
      if (!node.isCompletedExceptionally()) {
        nodes.add(node.join());
      }
    }
    starting.forEach(CompletableFuture::join);
  }

  private static GatewayProcess node(Path data, Map<String, String> settings) {
    try {
      return GatewayProcess.start(data, settings);
    } catch (IOException | InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  private Map<String, String> shared(Path home) throws IOException {
    Path database = home.resolve("database");
    String port =
        Files.readAllLines(database.resolve("cluster").resolve("otakey.conf")).stream()
            .filter(line -> line.startsWith("port = "))
            .map(line -> line.substring("port = ".length()))
            .findFirst()
            .orElseThrow();
    String members =
        String.join(",", relays.stream().map(relay -> "127.0.0.1:" + relay.port()).toList());
    return Map.ofEntries(
        Map.entry("OTAKEY_VAULT_FILE", home.resolve("vault.json").toString()),
        Map.entry("OTAKEY_DATABASE_HOST", "127.0.0.1"),
        Map.entry("OTAKEY_DATABASE_PORT", port),
        Map.entry(
            "OTAKEY_DATABASE_PASSWORD", Files.readString(database.resolve("password")).strip()),
        Map.entry("OTAKEY_MQTTS_ENABLED", "false"),
        Map.entry("OTAKEY_HTTPS_ENABLED", "false"),
        Map.entry("OTAKEY_CLUSTER_ENABLED", "true"),
        Map.entry("OTAKEY_CLUSTER_MEMBERS", members));
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sockets.add(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
    }
    List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  /** Of the product "demo". */
  Path bundle() {
    return bundle;
  }

  GatewayProcess node(int index) {
    return nodes.get(index);
  }

  /** In front of the place in the cluster of the node with this index. */
  Relay relay(int index) {
    return relays.get(index);
  }

  List<GatewayProcess> all() {
    return List.copyOf(nodes);
  }

  /** Waits until this node sees so many, itself included; how long that took, in milliseconds. */
  long awaitSight(int index, int count) throws InterruptedException {
    long since = System.nanoTime();
    GatewayProcess.await(
        "node " + index + " to see " + count,
        () -> nodes.get(index).gauge("otakey_cluster_nodes") == count);
    return (System.nanoTime() - since) / 1_000_000;
  }

  @Override
  public void close() throws IOException {
    for (GatewayProcess node : nodes) {
      node.close();
    }
    for (Relay relay : relays) {
      relay.close();
    }
    keeper.close();
  }
}
