package io.otakey.gateway.admin;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.otakey.gateway.TestPool;
import io.otakey.gateway.VaultAuditKeys;
import io.otakey.gateway.audit.Chain;
import io.otakey.gateway.audit.ChainRunner;
import io.otakey.gateway.platform.Kinds;
import io.otakey.gateway.platform.PlatformConfig;
import io.otakey.gateway.platform.PlatformRunner;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.platform.SimulatedPlatform;
import io.otakey.gateway.recovery.RecoveryConfig;
import io.otakey.gateway.recovery.Watch;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.EventTail;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.Role;
import io.otakey.gateway.registry.pg.EmbeddedDatabase;
import io.otakey.gateway.registry.pg.EmbeddedDatabaseConfig;
import io.otakey.gateway.registry.pg.PgRegistry;
import io.otakey.gateway.registry.pg.PgTuning;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.gateway.webhook.WebhookConfig;
import io.otakey.gateway.webhook.WebhookRunner;
import io.otakey.gateway.webhook.WebhookSecrets;
import io.otakey.gateway.webhook.WebhookSender;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The API on a real database and vault, once for all tests that ask for it. Each test makes
 * products of its own.
 */
public final class AdminBed implements AutoCloseable {
  /** Hands the one bed to tests and closes it after the last of them. */
  public static final class Extension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == AdminBed.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.GLOBAL)
          .getOrComputeIfAbsent(AdminBed.class.getName(), key -> new AdminBed(), AdminBed.class);
    }
  }

  /** The actor of what tests prepare past the API. */
  public static final Actor TESTER = new Actor("tester", "local");

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Path folder =
      Path.of("target", "admin-bed-" + System.getProperty("otakey.process", "0"));
  private final Vertx vertx = Vertx.vertx();
  private final EmbeddedDatabase server;
  private final PgRegistry registry;
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<String> deployments = new ArrayList<>();
  private final Vault vault;
  private final SimulatedPlatform.Kind simulated = new SimulatedPlatform.Kind();
  private final PlatformService platforms;
  private final WebhookServices webhooks;
  private final Watch watch;
  private final AdminApi api;
  private final String adminToken;

  private AdminBed() {
    delete(folder);
    server =
        EmbeddedDatabase.start(
            new EmbeddedDatabaseConfig(
                folder.resolve("database"), Path.of("target", "postgres-programs"), 64, 100));
    vault = Vault.open(vaultConfig(), X25519.choose().x25519()).vault();
    registry =
        await(
            PgRegistry.open(
                vertx,
                server.endpoint(),
                PgTuning.DEFAULT,
                ChangeLog.NONE,
                new VaultAuditKeys(vault),
                meters));
    deployments.add(
        await(
            vertx.deployVerticle(
                new ChainRunner(chain(), registry.auditChain(), Duration.ofMillis(100), meters))));
    await(registry.installation(vault.installationId()));
    platforms = platforms();
    webhooks = webhooks();
    watch =
        new Watch(
            new RecoveryConfig(folder.resolve("memory"), RecoveryConfig.TOLERANCE, false),
            vault.installationId(),
            registry.recovery());
    deployments.add(await(vertx.deployVerticle(watch)));
    Path tokenFile = folder.resolve("admin-token");
    try {
      BootstrapToken bootstrap = BootstrapToken.inFile(tokenFile);
      adminToken = Files.readString(tokenFile).strip();
      api = deploy(AdminConfig.DEFAULT.withPort(0), services(List.of(bootstrap)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Platforms in memory, and what pays them. */
  private PlatformService platforms() {
    PlatformConfig config =
        new PlatformConfig(
            Duration.ofMillis(50),
            Duration.ofSeconds(1),
            Duration.ofHours(1),
            Duration.ofDays(1),
            100);
    PlatformService service =
        new PlatformService(
            vertx,
            config,
            new Kinds(List.of(simulated)),
            registry.platforms(),
            registry.platformLedger(),
            vault,
            registry.connections(),
            meters);
    PlatformRunner runner =
        new PlatformRunner(
            config, registry.platformLedger(), registry.platforms(), service, meters);
    deployments.add(await(vertx.deployVerticle(runner)));
    return service;
  }

  /** Webhooks that may reach this machine, and what delivers to them. */
  private WebhookServices webhooks() {
    WebhookConfig config =
        new WebhookConfig(
            Duration.ofMillis(50), Duration.ofSeconds(2), Duration.ofHours(1), address -> true);
    WebhookSecrets secrets = new WebhookSecrets(vault);
    WebhookSender sender = new WebhookSender(vertx, config, secrets, meters);
    WebhookRunner runner =
        new WebhookRunner(
            config,
            registry.webhookLedger(),
            new EventTail(vertx, registry.eventLog()),
            sender,
            EventJson::text,
            meters);
    deployments.add(await(vertx.deployVerticle(runner)));
    return new WebhookServices(registry.webhooks(), secrets, sender);
  }

  private Chain chain() {
    return new Chain(new VaultAuditKeys(vault));
  }

  PlatformService platformService() {
    return platforms;
  }

  /** The platform in memory that is registered with this setting {@code at}. */
  SimulatedPlatform simulated(String at) {
    return simulated.at(at);
  }

  /** Waits for a future. */
  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("no answer after 60 s", e);
    }
  }

  /** Another API on the same registry. */
  AdminApi deploy(AdminConfig config, AdminServices services) {
    AdminApi made = new AdminApi(config, services);
    deployments.add(await(vertx.deployVerticle(made)));
    return made;
  }

  AdminServices services(List<BootstrapToken> bootstrap) {
    return new AdminServices(
        registry.products(),
        registry.administration(),
        registry.labels(),
        devices -> {},
        registry.campaigns(),
        registry.connections(),
        platforms,
        registry.auditLog(),
        new AuditServices(registry.auditChain(), chain()),
        registry.eventLog(),
        webhooks,
        registry.apiTokens(),
        vault,
        registry.vaultMark(),
        meters,
        registry.recovery(),
        watch,
        Map.of("database", registry::check),
        Map.of(),
        bootstrap);
  }

  VaultConfig vaultConfig() {
    return new VaultConfig(folder.resolve("vault.json"), Optional.empty(), true);
  }

  /** Base address of the API. */
  public String url() {
    return "http://127.0.0.1:" + api.port();
  }

  /** The first token: admin, not limited. */
  public String adminToken() {
    return adminToken;
  }

  /** A client with the first token. */
  ApiClient admin() {
    return new ApiClient(url(), adminToken);
  }

  /** A client with a fresh token. */
  ApiClient client(Role role, Set<String> products) {
    String token = ApiTokenText.generate();
    byte[] hash = ApiTokenText.hash(token).orElseThrow();
    String name = "test-" + Names.of(role) + "-" + NUMBER.incrementAndGet();
    await(registry.apiTokens().create(TESTER, name, hash, role, products, Optional.empty()));
    return new ApiClient(url(), token, name);
  }

  /** A product of its own with one key, open to registered devices. */
  public String product() {
    String id = "product-" + NUMBER.incrementAndGet();
    await(
        registry
            .products()
            .create(TESTER, id, new ProductSettings("A product", EnrollmentPolicy.DEFAULT, 0)));
    await(registry.products().addKey(TESTER, id, OptionalInt.empty(), vault.newSource()));
    return id;
  }

  /** Registers a device. */
  public DeviceRef expected(String product, String device) {
    await(registry.administration().preRegister(TESTER, product, List.of(device)));
    return new DeviceRef(product, device);
  }

  /** Registers and enrolls a device. */
  public DeviceRef active(String product, String device) {
    DeviceRef ref = expected(product, device);
    GrantToken grant =
        new GrantToken(1, GrantToken.Kind.ENROLL, 1, 1, 0, 0, new byte[GrantToken.SALT_LENGTH]);
    await(registry.devices().confirm(new KeyUse(new KeyRef(ref, 1, grant.encode()), grant)));
    return ref;
  }

  /** An active device proves its first key in a recovery, and confirms the next one. */
  public void recovers(String product, String device, int generation) {
    byte[] salt = new byte[GrantToken.SALT_LENGTH];
    GrantToken grant = new GrantToken(1, GrantToken.Kind.RECOVER, 0, generation, 0, 0, salt);
    KeyRef key = new KeyRef(new DeviceRef(product, device), 2, grant.encode());
    await(registry.devices().confirm(new KeyUse(key, grant)));
  }

  /** Lets an active device ask to enroll again, which is listed in the background. */
  public void asksAgain(DeviceRef ref) {
    await(registry.devices().enroll(ref, 1));
  }

  /** What whoever owns the database can do: no trigger is in the way. */
  public void tamper(String sql) {
    Pool pool = TestPool.open(vertx, server.endpoint(), 1);
    await(
        pool.query("begin; set local session_replication_role = replica; " + sql + "; commit")
            .execute());
    await(pool.close());
  }

  /** Sets a setting of the server for everybody. */
  void alterServer(String setting, String value) {
    Pool pool = TestPool.open(vertx, server.endpoint(), 1);
    await(pool.query("alter system set " + setting + " to " + value).execute());
    await(pool.query("select pg_reload_conf()").execute());
    await(pool.close());
  }

  /** Where the server's log is. */
  Path serverLog() {
    return folder.resolve("database").resolve("cluster").resolve("log");
  }

  /** Waits for a condition. */
  public void until(BooleanSupplier condition) {
    Waiting.until(condition);
  }

  PgRegistry registry() {
    return registry;
  }

  EmbeddedDatabase server() {
    return server;
  }

  Vault vault() {
    return vault;
  }

  Vertx vertx() {
    return vertx;
  }

  PrometheusMeterRegistry meters() {
    return meters;
  }

  @Override
  public void close() {
    deployments.forEach(id -> await(vertx.undeploy(id)));
    await(registry.close());
    await(vertx.close());
    server.close();
    delete(folder);
  }

  private static void delete(Path tree) {
    if (Files.notExists(tree)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
