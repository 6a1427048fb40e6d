package io.otakey.gateway;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.otakey.gateway.admin.AdminApi;
import io.otakey.gateway.admin.AdminServices;
import io.otakey.gateway.admin.AuditServices;
import io.otakey.gateway.admin.BootstrapToken;
import io.otakey.gateway.admin.EventJson;
import io.otakey.gateway.admin.WebhookServices;
import io.otakey.gateway.audit.ChainRunner;
import io.otakey.gateway.campaign.CampaignRunner;
import io.otakey.gateway.census.CensusRunner;
import io.otakey.gateway.cluster.Cluster;
import io.otakey.gateway.config.GatewayConfig;
import io.otakey.gateway.config.GatewayConfig.Mode;
import io.otakey.gateway.exchange.FrameService;
import io.otakey.gateway.exchange.PlatformLogin;
import io.otakey.gateway.journal.Journal;
import io.otakey.gateway.journal.JournalConfig;
import io.otakey.gateway.metric.BuildInfo;
import io.otakey.gateway.metric.DiskMeters;
import io.otakey.gateway.metric.Meters;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.PoolMeters;
import io.otakey.gateway.metric.ProcessMeters;
import io.otakey.gateway.platform.Kinds;
import io.otakey.gateway.platform.Notifier;
import io.otakey.gateway.platform.PlatformRunner;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.platform.mosquitto.MosquittoKind;
import io.otakey.gateway.platform.rabbitmq.RabbitKind;
import io.otakey.gateway.platform.rest.RestKind;
import io.otakey.gateway.presence.BusAnnouncer;
import io.otakey.gateway.presence.NodeAnnouncer;
import io.otakey.gateway.presence.Presence;
import io.otakey.gateway.presence.Pusher;
import io.otakey.gateway.recovery.VaultWatch;
import io.otakey.gateway.recovery.Watch;
import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.EventTail;
import io.otakey.gateway.registry.Installation;
import io.otakey.gateway.registry.RetentionRunner;
import io.otakey.gateway.registry.pg.EmbeddedDatabase;
import io.otakey.gateway.registry.pg.PgEndpoint;
import io.otakey.gateway.registry.pg.PgRegistry;
import io.otakey.gateway.transport.Admission;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.webhook.WebhookRunner;
import io.otakey.gateway.webhook.WebhookSecrets;
import io.otakey.gateway.webhook.WebhookSender;
import io.otakey.protocol.crypto.X25519;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.metrics.MetricsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: builds everything with constructors, deploys the verticles, closes in the
 * opposite order. Starting and closing block; not for event loops.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final long SWEEP_MILLIS = 10_000;

  private final GatewayConfig config;
  private final int eventLoops;
  private final Vertx vertx;
  private final PrometheusMeterRegistry meters = Meters.registry();
  private final Deque<Runnable> closers = new ArrayDeque<>();
  private final Listeners listeners;
  private Endpoints endpoints = new Endpoints(Map.of());
  private Optional<PgRegistry> registry = Optional.empty();
  private Optional<FrameService> frames = Optional.empty();
  private Optional<Journal> journal = Optional.empty();

  private Gateway(GatewayConfig config) {
    this.config = config;
    int cores = Runtime.getRuntime().availableProcessors();
    this.eventLoops = config.eventLoops() == 0 ? cores : config.eventLoops();
    this.vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(eventLoops)
                    .setPreferNativeTransport(true)
                    .setMetricsOptions(new MetricsOptions().setEnabled(true)))
            .withMetrics(new PoolMeters(meters))
            .build();
    this.listeners = new Listeners(vertx, eventLoops);
    closers.push(() -> Waiting.forDone(vertx.close()));
  }

  /**
   * Starts a node.
   *
   * @throws StartException, or a module's own exception, whose message names fault and remedy
   */
  public static Gateway start(GatewayConfig config) {
    Gateway gateway = new Gateway(config);
    try {
      gateway.open();
      return gateway;
    } catch (RuntimeException e) {
      gateway.close();
      throw e;
    }
  }

  private void open() {
    makeDataFolder();
    X25519.Choice curve = X25519.choose();
    Vault.Opened opened = Vault.open(config.vault(), curve.x25519());
    Vault vault = opened.vault();
    PgRegistry registry = openRegistry(journal(vault.installationId()), vault);
    this.registry = Optional.of(registry);
    checkInstallation(vault, Waiting.forResult(registry.installation(vault.installationId())));
    report(curve, opened);

    Watch watch = new Watch(config.recovery(), vault.installationId(), registry.recovery());
    deploy(watch);
    deploy(new VaultWatch(vault, registry.vaultMark(), meters));
    measure(watch);
    Admission admission = new Admission(config.limits(), meters, System::nanoTime);
    vertx.setPeriodic(SWEEP_MILLIS, id -> admission.sweep());
    PlatformService platforms = platforms(registry, vault);
    FrameService frames = frames(registry, vault, curve.x25519(), platforms, watch);
    Presence presence = new Presence();
    Optional<Cluster> cluster = cluster(vault);
    Announcer announcer = announcer(registry, vault, cluster, platforms, presence);
    deploy(new Pusher(presence, vault, meters));
    closers.push(listeners::close);
    closers.push(() -> Draining.finish(vertx, frames));
    new DeviceListeners(config, listeners, admission, frames, presence, meters)
        .open(
            vertx,
            new PlatformLogin(
                vault, registry.products(), registry.connections(), registry.devices(), meters));
    deploy(new RetentionRunner(config.retention(), registry.retention(), RetentionRunner.EVERY));
    deploy(new ChainRunner(registry.chain(), registry.auditChain(), ChainRunner.EVERY, meters));
    deploy(new CampaignRunner(config.campaigns(), registry.campaignLedger(), announcer, meters));
    deploy(new CensusRunner(config.census(), registry.census(), meters));
    admin(registry, vault, platforms, announcer, webhooks(registry, vault), watch, cluster);
    cluster.ifPresent(Cluster::start);
    announce();
  }

  /** Where it listens. */
  public Endpoints endpoints() {
    return endpoints;
  }

  /** Everything measured. */
  public PrometheusMeterRegistry meters() {
    return meters;
  }

  /** The registry behind it; for tests that look behind the API. */
  PgRegistry behind() {
    return registry.orElseThrow();
  }

  /** What answers frames; for benchmarks that bring their own transport. */
  FrameService frames() {
    return frames.orElseThrow();
  }

  /** Answers what was accepted, then closes everything in the opposite order of opening. */
  @Override
  public void close() {
    while (!closers.isEmpty()) {
      try {
        closers.pop().run();
      } catch (RuntimeException e) {
        LOG.warn("closing: {}", e.getMessage());
      }
    }
  }

  /** Why no device can be answered now; empty = all can. */
  private Optional<String> holdOff(Watch watch) {
    return watch.hold().or(() -> journal.flatMap(Journal::fault));
  }

  private void measure(Watch watch) {
    ProcessMeters.bindTo(meters, vertx, eventLoops, closers::push);
    BuildInfo.read().show(meters);
    Metric.HELD_OFF.gauge(meters, watch, w -> w.hold().isPresent() ? 1 : 0, "recovery");
    journal.ifPresent(
        kept -> Metric.HELD_OFF.gauge(meters, kept, j -> j.fault().isPresent() ? 1 : 0, "journal"));
    Map<String, Path> folders = new HashMap<>(Map.of("data", config.dataFolder()));
    journal.ifPresent(kept -> folders.put("journal", config.journal().folder()));
    deploy(new DiskMeters(folders, meters));
  }

  private void makeDataFolder() {
    try {
      Files.createDirectories(
          config.dataFolder(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new StartException(
          "data folder " + config.dataFolder() + " cannot be made: set 'data' to one that can", e);
    }
  }

  private FrameService frames(
      PgRegistry registry, Vault vault, X25519 x25519, PlatformService platforms, Watch watch) {
    FrameService service =
        new FrameService(
            config.exchange(),
            vault,
            x25519,
            registry.products(),
            registry.connections(),
            registry.devices(),
            platforms,
            () -> holdOff(watch),
            meters);
    frames = Optional.of(service);
    return service;
  }

  private ChangeLog journal(UUID installation) {
    if (config.journal().sync() == JournalConfig.Sync.OFF) {
      LOG.warn("journal.sync is off: what the fleet does not know has the database alone");
      return ChangeLog.NONE;
    }
    try {
      Journal journal = Journal.open(vertx, config.journal(), installation, meters);
      closers.push(() -> Waiting.forDone(journal.close()));
      this.journal = Optional.of(journal);
      return journal;
    } catch (IOException e) {
      throw new StartException(
          "journal folder "
              + config.journal().folder()
              + " cannot be used ("
              + e.getMessage()
              + "): set journal.folder to one that can, or journal.sync to off",
          e);
    }
  }

  private PgRegistry openRegistry(ChangeLog changes, Vault vault) {
    PgEndpoint endpoint = config.database().external().orElseGet(this::embedded);
    PgRegistry registry =
        Waiting.forResult(
            PgRegistry.open(
                vertx,
                endpoint,
                config.database().tuning(),
                changes,
                new VaultAuditKeys(vault),
                meters));
    closers.push(() -> Waiting.forDone(registry.close()));
    return registry;
  }

  private PgEndpoint embedded() {
    EmbeddedDatabase database = EmbeddedDatabase.start(config.database().embedded());
    closers.push(database::close);
    return database.endpoint();
  }

  private static void checkInstallation(Vault vault, Installation installation) {
    if (!installation.id().equals(vault.installationId())) {
      throw new StartException(
          "vault and database belong to different installations ("
              + vault.installationId()
              + " and "
              + installation.id()
              + "): configure the vault that belongs to this database, or restore the database"
              + " that belongs to this vault");
    }
  }

  /** Connectors are closed after what they owe is noted, which the runner does. */
  private PlatformService platforms(PgRegistry registry, Vault vault) {
    PlatformService service =
        new PlatformService(
            vertx,
            config.platforms(),
            new Kinds(List.of(new RabbitKind(), new MosquittoKind(), new RestKind())),
            registry.platforms(),
            registry.platformLedger(),
            vault,
            registry.connections(),
            meters);
    closers.push(() -> Waiting.forDone(service.close()));
    PlatformRunner runner =
        new PlatformRunner(
            config.platforms(), registry.platformLedger(), registry.platforms(), service, meters);
    deploy(runner);
    return service;
  }

  private WebhookServices webhooks(PgRegistry registry, Vault vault) {
    WebhookSecrets secrets = new WebhookSecrets(vault);
    WebhookSender sender = new WebhookSender(vertx, config.webhooks(), secrets, meters);
    closers.push(sender::close);
    deploy(
        new WebhookRunner(
            config.webhooks(),
            registry.webhookLedger(),
            new EventTail(vertx, registry.eventLog()),
            sender,
            EventJson::text,
            meters));
    return new WebhookServices(registry.webhooks(), secrets, sender);
  }

  /** It leaves after whoever tells others has ended. */
  private Optional<Cluster> cluster(Vault vault) {
    if (!config.cluster().enabled()) {
      return Optional.empty();
    }
    Predicate<byte[]> heard = NodeAnnouncer.listener(vault, vertx.eventBus());
    Cluster cluster =
        new Cluster(config.cluster(), vault.clusterName(), vault.clusterSecret(), heard, meters);
    closers.push(cluster::close);
    return Optional.of(cluster);
  }

  private Announcer announcer(
      PgRegistry registry,
      Vault vault,
      Optional<Cluster> cluster,
      PlatformService platforms,
      Presence presence) {
    Notifier notifier = new Notifier(platforms, registry.platformLedger(), presence::holds, meters);
    deploy(notifier);
    List<Announcer> all = new ArrayList<>(List.of(new BusAnnouncer(vertx.eventBus()), notifier));
    cluster.ifPresent(joined -> all.add(new NodeAnnouncer(vault, joined::tell)));
    return devices -> all.forEach(announcer -> announcer.announce(devices));
  }

  private void deploy(VerticleBase runner) {
    String id = Waiting.forResult(vertx.deployVerticle(runner));
    closers.push(() -> Waiting.forDone(vertx.undeploy(id)));
  }

  private void admin(
      PgRegistry registry,
      Vault vault,
      PlatformService platforms,
      Announcer announcer,
      WebhookServices webhooks,
      Watch watch,
      Optional<Cluster> cluster) {
    Map<String, Supplier<Future<Void>>> advisory =
        cluster
            .<Map<String, Supplier<Future<Void>>>>map(joined -> Map.of("cluster", joined::check))
            .orElseGet(Map::of);
    AdminServices services =
        new AdminServices(
            registry.products(),
            registry.administration(),
            registry.labels(),
            announcer,
            registry.campaigns(),
            registry.connections(),
            platforms,
            registry.auditLog(),
            new AuditServices(registry.auditChain(), registry.chain()),
            registry.eventLog(),
            webhooks,
            registry.apiTokens(),
            vault,
            registry.vaultMark(),
            meters,
            registry.recovery(),
            watch,
            readiness(registry, watch),
            advisory,
            bootstrapTokens());
    listeners.deployOne(
        "admin",
        config.admin().host() + ":" + config.admin().port(),
        new AdminApi(config.admin(), services),
        AdminApi::port);
  }

  private Map<String, Supplier<Future<Void>>> readiness(PgRegistry registry, Watch watch) {
    Map<String, Supplier<Future<Void>>> checks = new HashMap<>();
    checks.put("database", registry::check);
    checks.put("recovery", watch::check);
    journal.ifPresent(opened -> checks.put("journal", opened::check));
    return checks;
  }

  private List<BootstrapToken> bootstrapTokens() {
    List<BootstrapToken> tokens =
        new ArrayList<>(config.adminTokenHashes().stream().map(BootstrapToken::ofHash).toList());
    if (config.mode() == Mode.DEVELOPMENT) {
      Path file = config.dataFolder().resolve("admin-token");
      try {
        tokens.add(BootstrapToken.inFile(file));
      } catch (IOException e) {
        throw new StartException("admin token " + file + ": " + e.getMessage(), e);
      }
    }
    return tokens;
  }

  private void report(X25519.Choice curve, Vault.Opened opened) {
    curve.notes().forEach(note -> LOG.warn("X25519: {}", note));
    LOG.info("X25519 by {}", curve.x25519().provider());
    if (opened.created()) {
      LOG.warn("**********************************************************************");
      LOG.warn("A NEW VAULT WAS MADE: {}", config.vault().file());
      LOG.warn("Every key of every device comes from it. Back it up now. Without it");
      LOG.warn("no device of this installation can ever be served again.");
      LOG.warn("This happens in development mode only; set 'mode: production'.");
      LOG.warn("**********************************************************************");
    }
  }

  private void announce() {
    endpoints = listeners.endpoints();
    Path file = config.dataFolder().resolve("endpoints.json");
    try {
      endpoints.write(file);
    } catch (IOException e) {
      throw new StartException("data folder cannot be written: " + e.getMessage(), e);
    }
    closers.push(() -> file.toFile().delete());
    LOG.info(
        "ready: installation {}, {} event loops, {}",
        config.vault().file(),
        eventLoops,
        endpoints.ports());
  }
}
