package io.otakey.loadgen.experiment;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.baseline.scheme.GatewayProcessCpu;
import io.otakey.loadgen.baseline.scheme.GatewayUnderTest;
import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.experiment.Experiment.Product;
import io.otakey.loadgen.experiment.Experiment.Running;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.link.Trust;
import io.otakey.loadgen.node.Admin;
import io.otakey.loadgen.node.Commits;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.node.Site;
import io.otakey.loadgen.node.Usage;
import io.otakey.loadgen.platform.SimulatedPlatform;
import io.otakey.loadgen.scenario.IdRange;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What the devices of an experiment talk to: nodes, products, platforms. One thread at a time. */
final class Scene implements AutoCloseable {
  private static final Map<String, String> USUAL =
      Map.of(
          "exchange.grantsPerHour", "100000",
          "exchange.busyRetryAfter", "1",
          "campaigns.tickMillis", "200");
  private static final int REGISTERED_AT_ONCE = 50_000;

  private final Experiment experiment;
  private final @Nullable Site site;
  private final Admin admin;
  private final Map<String, SimulatedPlatform> platforms = new LinkedHashMap<>();
  private final Map<String, Integer> connections = new HashMap<>();
  private final @Nullable MultiThreadIoEventLoopGroup loops;

  private Scene(Experiment experiment, @Nullable Site site, Admin admin)
      throws NodeException, InterruptedException {
    this.experiment = experiment;
    this.site = site;
    this.admin = admin;
    this.loops = experiment.isLiving() ? Loops.open("platform", 1) : null;
    for (String platform : experiment.platforms()) {
      connections.put(platform, admin.createConnection(platform, open(platform, 0)));
    }
    createProducts();
  }

  /**
   * Opens everything; no device is there yet.
   *
   * @param root of the built project
   * @param folder for what nodes keep, gone at the end
   */
  static Scene open(Experiment experiment, Path root, Path folder)
      throws NodeException, InterruptedException {
    Optional<Running> running = experiment.gateway().use();
    if (running.isPresent()) {
      Admin admin = new Admin(running.get().admin(), Path.of(running.get().tokenFile()));
      return new Scene(experiment, null, admin);
    }
    Map<String, String> settings = new HashMap<>(USUAL);
    settings.putAll(experiment.gateway().settings());
    if (experiment.isLiving()) {
      settings.put("hook.enabled", "true");
    }
    Site site = Site.start(root, folder, experiment.gateway().nodes(), settings);
    try {
      return new Scene(experiment, site, site.admin());
    } catch (NodeException | InterruptedException | RuntimeException e) {
      site.close();
      throw e;
    }
  }

  private void createProducts() throws NodeException, InterruptedException {
    int first =
        experiment.platforms().isEmpty()
            ? 0
            : connections.getOrDefault(experiment.platforms().get(0), 0);
    for (Product product : experiment.products()) {
      admin.createProduct(product.id(), product.allowList(), first);
    }
  }

  private int open(String platform, int port) throws InterruptedException {
    if (site == null || loops == null) {
      throw new IllegalStateException("platforms need a gateway of the run's own");
    }
    Endpoint hook = new Endpoint("127.0.0.1", site.port(0, "hook"));
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    SimulatedPlatform opened = SimulatedPlatform.start(platform, hook, loops, address);
    platforms.put(platform, opened);
    return opened.port();
  }

  /** What devices must know to come here. */
  Stage stage() throws NodeException, InterruptedException {
    Map<String, String> bundles = new HashMap<>();
    for (Product product : experiment.products()) {
      bundles.put(product.id(), admin.bundle(product.id()));
    }
    return new Stage(IntStream.range(0, nodes()).mapToObj(this::endpoints).toList(), bundles);
  }

  /** Registers devices if their product wants it. */
  void register(Group group, IdRange ids) throws NodeException, InterruptedException {
    boolean wanted =
        experiment.products().stream()
            .anyMatch(product -> product.id().equals(group.product()) && product.allowList());
    for (int from = 0; wanted && from < group.devices(); from += REGISTERED_AT_ONCE) {
      int to = Math.min(group.devices(), from + REGISTERED_AT_ONCE);
      admin.register(group.product(), IntStream.range(from, to).mapToObj(ids::id).toList());
    }
  }

  private int nodes() {
    return site == null ? 1 : site.nodes();
  }

  private Map<Transport, Endpoint> endpoints(int node) {
    Map<Transport, Endpoint> endpoints = new EnumMap<>(Transport.class);
    if (site != null) {
      endpoints.put(Transport.MQTT, new Endpoint("127.0.0.1", site.port(node, "mqtt")));
      endpoints.put(Transport.HTTP, new Endpoint("127.0.0.1", site.port(node, "http")));
      return endpoints;
    }
    Running running = experiment.gateway().use().orElseThrow();
    Endpoint.parse(running.mqtt()).ifPresent(mqtt -> endpoints.put(Transport.MQTT, mqtt));
    running.http().flatMap(Endpoint::parse).ifPresent(http -> endpoints.put(Transport.HTTP, http));
    return endpoints;
  }

  Admin admin() {
    return admin;
  }

  /** Id of the connection that leads to a platform. */
  int connection(String platform) {
    return connections.getOrDefault(platform, 0);
  }

  /** The first node, for other schemes beside it; every device may enroll for its first product. */
  GatewayUnderTest underTest() throws NodeException, InterruptedException {
    try {
      return new GatewayUnderTest(
          stage().firmware(experiment.products().get(0).id()),
          endpoints(0),
          Map.of(
              Transport.MQTT, new Endpoint("localhost", own().port(0, "mqtts")),
              Transport.HTTP, new Endpoint("localhost", own().port(0, "https"))),
          Optional.of(Trust.newest(own().certificate())),
          new GatewayProcessCpu(own().process(0), own().databaseProcess()));
    } catch (SSLException e) {
      throw new NodeException("the gateway's certificate cannot be read", e);
    }
  }

  /** CPU and memory of all nodes; nothing of a gateway that was running. */
  Usage usage() {
    return site == null ? Usage.NONE : site.usage();
  }

  /** Durable commits of all nodes so far; nothing of a gateway that was running. */
  Commits commits() throws InterruptedException {
    return site == null ? Commits.NONE : site.commits();
  }

  Usage databaseUsage() {
    return site == null ? Usage.NONE : site.databaseUsage();
  }

  /** Does it and waits until it is over. */
  void suffer(Fault fault) throws NodeException, InterruptedException {
    long millis = fault.time().toMillis();
    switch (fault.kind()) {
      case GATEWAY_KILL -> own().kill(own().nodes() - 1, millis);
      case DATABASE_KILL -> own().killDatabase();
      case DATABASE_STOP -> own().stopDatabase(millis);
      case PLATFORM_OUTAGE -> switchOff(fault.platform().orElseThrow(), millis);
      case NETWORK_STALL, NETWORK_CUT, POWER_CUT -> {} // networks and devices see to it
    }
  }

  private void switchOff(String platform, long millis) throws InterruptedException {
    SimulatedPlatform victim = platforms.get(platform);
    if (victim != null) {
      int port = victim.port();
      victim.close();
      TimeUnit.MILLISECONDS.sleep(millis);
      open(platform, port);
    }
  }

  /** The database is gone, and an operator chose to rebuild it from the devices. */
  void loseDatabase() throws NodeException, InterruptedException {
    own().loseDatabase();
    createProducts();
    admin.recover();
  }

  /** The operator is content with what came back. */
  void closeRecovery() throws NodeException, InterruptedException {
    for (Product product : experiment.products()) {
      admin.closeRecovery(product.id());
    }
  }

  private Site own() {
    if (site == null) {
      throw new IllegalStateException("not a gateway of the run's own");
    }
    return site;
  }

  @Override
  public void close() {
    new ArrayList<>(platforms.values()).forEach(SimulatedPlatform::close);
    if (loops != null) {
      Loops.end(loops);
    }
    if (site != null) {
      site.close();
    }
  }
}
