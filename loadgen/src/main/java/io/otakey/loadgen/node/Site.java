package io.otakey.loadgen.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An installation of the run's own: nodes on one vault and one PostgreSQL, which the first node
 * brings. Not thread-safe, but for {@link #usage} and {@link #databaseUsage}.
 */
public final class Site implements AutoCloseable {
  private final List<Node> nodes = new ArrayList<>();
  private final Path folder;
  private final DoubleAdder cpuBefore = new DoubleAdder(); // of processes that ended
  private final AtExit atExit = new AtExit(this::end, "end of the site");

  private Site(Path folder) {
    this.folder = folder;
  }

  /**
   * Starts nodes and waits until they serve.
   *
   * @param root of the built project
   * @param folder for all that they keep; gone at the end
   * @param settings by the names of the gateway's configuration
   */
  public static Site start(Path root, Path folder, int count, Map<String, String> settings)
      throws NodeException, InterruptedException {
    Site site = new Site(folder);
    try {
      site.open(root, count, variables(settings));
      return site;
    } catch (NodeException | InterruptedException | RuntimeException e) {
      site.close();
      throw e;
    }
  }

  private void open(Path root, int count, Map<String, String> settings)
      throws NodeException, InterruptedException {
    Map<String, String> common = new HashMap<>(settings);
    List<Integer> places = FreePorts.some(count);
    if (count > 1) {
      common.put("OTAKEY_CLUSTER_ENABLED", "true");
      common.put(
          "OTAKEY_CLUSTER_MEMBERS",
          String.join(",", places.stream().map(port -> "127.0.0.1:" + port).toList()));
    }
    for (int i = 0; i < count; i++) {
      Map<String, String> own = new HashMap<>(common);
      if (count > 1) {
        own.put("OTAKEY_CLUSTER_PORT", Integer.toString(places.get(i)));
      }
      if (i > 0) {
        own.putAll(ofFirst());
      }
      Node node = new Node(root, folder.resolve("node-" + i), own);
      nodes.add(node);
      node.start();
    }
  }

  /** What the other nodes need of the first one's. */
  private Map<String, String> ofFirst() throws NodeException {
    Path home = nodes.get(0).folder();
    try {
      Path cluster = home.resolve("database").resolve("cluster");
      String port =
          Files.readAllLines(cluster.resolve("otakey.conf")).stream()
              .filter(line -> line.startsWith("port = "))
              .map(line -> line.substring("port = ".length()))
              .findFirst()
              .orElseThrow();
      return Map.of(
          "OTAKEY_VAULT_FILE",
          home.resolve("vault.json").toString(),
          "OTAKEY_DATABASE_HOST",
          "127.0.0.1",
          "OTAKEY_DATABASE_PORT",
          port,
          "OTAKEY_DATABASE_PASSWORD",
          Files.readString(home.resolve("database").resolve("password")).strip(),
          "OTAKEY_MQTTS_ENABLED",
          "false",
          "OTAKEY_HTTPS_ENABLED",
          "false");
    } catch (IOException e) {
      throw new NodeException("the first node's database cannot be found in " + home, e);
    }
  }

  private static Map<String, String> variables(Map<String, String> settings) {
    Map<String, String> variables = new HashMap<>();
    settings.forEach(
        (name, value) ->
            variables.put("OTAKEY_" + name.toUpperCase(Locale.ROOT).replace('.', '_'), value));
    return variables;
  }

  /** How many nodes there are. */
  public int nodes() {
    return nodes.size();
  }

  /** Port of a node's listener. */
  public int port(int node, String listener) {
    return nodes.get(node).port(listener);
  }

  /** Administration of the first node, with its development token. */
  public Admin admin() throws NodeException {
    Node first = nodes.get(0);
    return new Admin(
        "http://127.0.0.1:" + first.port("admin"), first.folder().resolve("admin-token"));
  }

  /** Process id of a node. */
  public long process(int node) {
    return nodes.get(node).process();
  }

  /** Id of the first process of PostgreSQL. */
  public long databaseProcess() throws NodeException {
    return database().pid();
  }

  /** What the first node's certificate for localhost follows from, as PEM. */
  public Path certificate() {
    return nodes.get(0).folder().resolve("development-certificate.pem");
  }

  /** SIGKILL of a node, a pause, and a new start. */
  public void kill(int node, long pauseMillis) throws NodeException, InterruptedException {
    Node victim = nodes.get(node);
    cpuBefore.add(victim.usage().cpuSeconds());
    victim.kill();
    TimeUnit.MILLISECONDS.sleep(pauseMillis);
    victim.start();
  }

  /** SIGKILL of PostgreSQL; its node starts it again. */
  public void killDatabase() throws NodeException {
    database().destroyForcibly();
  }

  /** PostgreSQL hangs for a while. */
  public void stopDatabase(long millis) throws NodeException, InterruptedException {
    List<ProcessHandle> all = Stream.concat(Stream.of(database()), database().children()).toList();
    signal("STOP", all);
    TimeUnit.MILLISECONDS.sleep(millis);
    signal("CONT", all);
  }

  /** The database is gone for good: the first node starts on an empty one, with its memory. */
  public void loseDatabase() throws NodeException, InterruptedException {
    Node first = nodes.get(0);
    TimeUnit.MILLISECONDS.sleep(1200); // its memory is at most a second old
    cpuBefore.add(first.usage().cpuSeconds());
    first.kill();
    ProcessHandle database = database();
    database.destroyForcibly();
    while (isAlive(database)) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    delete(first.folder().resolve("database"));
    delete(first.folder().resolve("journal"));
    first.start();
  }

  /** Where nobody buries orphans, a dead one keeps its number. */
  private static boolean isAlive(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  private ProcessHandle database() throws NodeException {
    return nodes
        .get(0)
        .postgres()
        .orElseThrow(() -> new NodeException("the gateway's PostgreSQL does not run"));
  }

  private static void signal(String name, List<ProcessHandle> processes)
      throws NodeException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    try {
      new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (IOException e) {
      throw new NodeException("kill cannot be called", e);
    }
  }

  /** What all nodes have taken, those that were killed included; memory of those that live. */
  public Usage usage() {
    return nodes.stream().map(Node::usage).reduce(new Usage(cpuBefore.sum(), 0), Usage::plus);
  }

  /** Durable commits of all nodes that answer. */
  public Commits commits() throws InterruptedException {
    Commits all = Commits.NONE;
    for (Node node : nodes) {
      all = all.plus(Commits.of(node.port("admin")));
    }
    return all;
  }

  /** What PostgreSQL has taken since it was last started. */
  public Usage databaseUsage() {
    Optional<ProcessHandle> postgres = nodes.get(0).postgres();
    return postgres.map(Usage::ofFamily).orElse(Usage.NONE);
  }

  @Override
  public void close() {
    end();
    atExit.close();
  }

  private synchronized void end() {
    Optional<ProcessHandle> postgres = nodes.isEmpty() ? Optional.empty() : nodes.get(0).postgres();
    try {
      for (int i : IntStream.range(0, nodes.size()).toArray()) {
        nodes.get(i).kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    postgres.ifPresent(ProcessHandle::destroyForcibly);
    postgres.ifPresent(
        process -> {
          for (int i = 0; i < 100 && isAlive(process); i++) {
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
          }
        });
    delete(folder);
  }

  /** Deletes a folder with all that is in it, as far as it can be. */
  public static void delete(Path folder) {
    if (Files.notExists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // somebody still writes; it is below the folder for temporary files
    }
  }
}
