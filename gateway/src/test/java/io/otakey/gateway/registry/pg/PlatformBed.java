package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.platform.Kinds;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.PlatformConfig;
import io.otakey.gateway.platform.PlatformLedger;
import io.otakey.gateway.platform.PlatformRegistry;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.platform.SimulatedPlatform;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A fleet, two simulated platforms that logins are written into, and one that asks. */
final class PlatformBed implements AutoCloseable {
  static final String PRODUCT = "p";

  final TestDatabase database = new TestDatabase();
  final PgRegistry registry = database.open();
  final PlatformRegistry platforms = registry.platforms();
  final PlatformLedger ledger = registry.platformLedger();
  final SimulatedPlatform.Kind kind = new SimulatedPlatform.Kind();
  final SimulatedPlatform home = kind.at("home");
  final SimulatedPlatform away = kind.at("away");
  final int atHome;
  final int atAway;
  final int atAsking;
  private final Vault vault;
  private int salt;

  PlatformBed(Path folder) {
    VaultConfig file = new VaultConfig(folder.resolve("vault.json"), Optional.empty(), true);
    vault = Vault.open(file, X25519.choose().x25519()).vault();
    Fixture.product(registry, PRODUCT, Fixture.reEnroll(ReEnroll.ON_APPROVAL));
    atHome = connection("home");
    atAway = connection("away");
    atAsking = connection("asking");
    put("home");
    put("away");
  }

  Platform put(String id) {
    Platform platform = new Platform(id, "simulated", Map.of("at", id), Optional.empty(), 0);
    return Await.get(platforms.put(ALICE, platform, true));
  }

  /** Its devices are told by messages from now on. */
  void notify(String id) {
    Map<String, String> settings = Map.of("at", id, "notify", "true");
    Platform platform = new Platform(id, "simulated", settings, Optional.empty(), 0);
    Await.get(platforms.put(ALICE, platform, true));
  }

  PlatformService service(PlatformConfig config) {
    return new PlatformService(
        database.vertx,
        config,
        new Kinds(List.of(kind)),
        platforms,
        ledger,
        vault,
        registry.connections(),
        new SimpleMeterRegistry());
  }

  private int connection(String platform) {
    Connection connection =
        new Connection(
            platform,
            "mqtt",
            "host",
            1883,
            Optional.empty(),
            Optional.empty(),
            Optional.of("devices/p/"),
            Optional.empty());
    return Await.get(registry.connections().create(ALICE, connection)).id();
  }

  static DeviceRef ref(int number) {
    return new DeviceRef(PRODUCT, "dev-" + number);
  }

  /** A key that could be granted now, for this connection. */
  KeyRef key(DeviceRef ref, int connection) {
    DeviceRow row = row(ref);
    boolean first = row.status() != io.otakey.protocol.key.RowStatus.ACTIVE;
    GrantToken token =
        new GrantToken(
            vault.grantingAllocationId(),
            first ? GrantToken.Kind.ENROLL : GrantToken.Kind.ROTATE,
            first ? 1 : 0,
            1,
            row.attempt(),
            connection,
            Keys.salt(++salt));
    return new KeyRef(ref, row.epoch() + 1, token.encode());
  }

  DeviceRow row(DeviceRef ref) {
    return Await.get(registry.administration().get(ref))
        .map(io.otakey.gateway.registry.DeviceRecord::row)
        .orElse(DeviceRow.NONE);
  }

  /** Whether the registry took the key. */
  boolean commit(KeyRef key) {
    GrantToken grant = GrantToken.decode(key.token()).orElseThrow();
    return Await.get(registry.devices().confirm(new io.otakey.gateway.registry.KeyUse(key, grant)))
        .verdict()
        .commits();
  }

  /** The device gives this grant up. */
  void abandon(KeyRef granted) {
    DeviceRow row = row(granted.ref());
    KeyRef own = new KeyRef(granted.ref(), row.epoch(), row.token().orElseThrow());
    GrantToken grant = GrantToken.decode(own.token()).orElseThrow();
    int attempt = GrantToken.decode(granted.token()).orElseThrow().attempt();
    Await.get(
        registry.devices().abandon(new io.otakey.gateway.registry.KeyUse(own, grant), attempt, 2));
  }

  void act(DeviceRef ref, OperatorAction action) {
    Await.get(registry.administration().act(ALICE, action, ref));
  }

  /** The login name of a key. */
  static String name(KeyRef key) {
    return key.ref().productId() + "." + key.ref().deviceId() + "." + key.token().hex();
  }

  String secret(KeyRef key, String platform) {
    return vault.platformSecret(key, platform).orElseThrow();
  }

  static PlatformConfig quick() {
    return new PlatformConfig(
        Duration.ofMillis(50), Duration.ofMillis(300), Duration.ofHours(1), Duration.ofDays(1), 50);
  }

  @Override
  public void close() {
    database.close();
  }
}
