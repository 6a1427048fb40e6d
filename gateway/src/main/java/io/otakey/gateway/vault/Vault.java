package io.otakey.gateway.vault;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.ProductAllocation;
import io.otakey.protocol.wire.KeyRef;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The gateway's secrets, derived from the vault's root secrets and kept in memory. Look-ups are
 * thread-safe and never block; {@link #open} and {@link #reload} read a file and do curve work.
 */
public final class Vault {
  /** Derived values kept; products are few, and only those that exist are ever asked for. */
  private static final int MAX_CACHED = 16_384;

  private final VaultConfig config;
  private final X25519 x25519;
  private volatile Derived derived;

  private Vault(VaultConfig config, X25519 x25519, VaultContents contents) {
    this.config = config;
    this.x25519 = x25519;
    this.derived = new Derived(new VaultKeys(contents, x25519));
  }

  /** One state of the vault with what was derived from it so far. */
  private record Derived(
      VaultKeys keys,
      ConcurrentHashMap<AllocationName, ProductAllocation> allocations,
      ConcurrentHashMap<ProductKeyName, FrameKey> productKeys) {
    Derived(VaultKeys keys) {
      this(keys, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }

  private record AllocationName(int id, String productId) {}

  private record ProductKeyName(String productId, int version) {}

  /** What opening a vault did. */
  public record Opened(Vault vault, boolean created) {}

  /**
   * Reads the vault, or makes a new one where the configuration says so.
   *
   * @throws VaultException with the remedy, if there is no usable vault
   */
  public static Opened open(VaultConfig config, X25519 x25519) {
    boolean create =
        config.createIfMissing() && config.inline().isEmpty() && Files.notExists(config.file());
    if (create) {
      VaultFile.write(config.file(), VaultContents.create());
    }
    return new Opened(new Vault(config, x25519, read(config)), create);
  }

  /**
   * Reads the vault again and uses what it holds from now on.
   *
   * @throws VaultException if it is not usable or of another installation; nothing changes then
   */
  public void reload() {
    use(waiting());
  }

  /**
   * Uses what {@link #waiting} gave from now on: whoever looked at it first takes over just that.
   */
  public void use(VaultContents fresh) {
    derived = new Derived(new VaultKeys(fresh, x25519));
  }

  /**
   * What {@link #reload} would take over.
   *
   * @throws VaultException as there
   */
  public VaultContents waiting() {
    VaultContents fresh = read(config);
    if (!fresh.installationId().equals(installationId())) {
      throw new VaultException("the vault now belongs to another installation: not taken over");
    }
    return fresh;
  }

  /** Which installation's vault it is. */
  public UUID installationId() {
    return derived.keys().installationId();
  }

  /** What it holds, for listing. */
  public VaultContents contents() {
    return derived.keys().contents();
  }

  /** Id of the allocation secret that new grants use. */
  public int grantingAllocationId() {
    return derived.keys().granting(VaultContents.Kind.ALLOCATION_SECRET);
  }

  /** What derives the device keys of a product that exists; empty for an id that is not held. */
  public Optional<ProductAllocation> allocation(int id, String productId) {
    Derived now = derived;
    AllocationName name = new AllocationName(id, productId);
    ProductAllocation known = now.allocations().get(name);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<ProductAllocation> made = now.keys().allocation(id, productId);
    made.ifPresent(allocation -> remember(now.allocations(), name, allocation));
    return made;
  }

  /** The gateway's static key pair of this id, if it is held. */
  public Optional<X25519.KeyPair> gatewayKey(int id) {
    return derived.keys().gatewayKey(id);
  }

  /** Public keys for the factory: the granting one first, then newest to oldest, at most 4. */
  public List<GatewayKey> gatewayKeys() {
    VaultKeys keys = derived.keys();
    return keys.gatewayKeyIds().stream()
        .limit(4)
        .map(id -> new GatewayKey(id, keys.gatewayKey(id).orElseThrow().publicKey()))
        .toList();
  }

  /**
   * The product key of one version. The key may be shared; do not close it.
   *
   * @param source as {@link #newSource} or {@link #importSource} gave it
   * @return empty if the root secret it needs is not held
   */
  public Optional<FrameKey> productKey(String productId, int version, byte[] source) {
    Derived now = derived;
    ProductKeyName name = new ProductKeyName(productId, version);
    FrameKey known = now.productKeys().get(name);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<FrameKey> made = now.keys().productKey(productId, version, source);
    made.ifPresent(key -> remember(now.productKeys(), name, key));
    return made;
  }

  /** What to store for a product key that the vault derives; not a secret. */
  public byte[] newSource() {
    return derived.keys().derivedSource();
  }

  /** As {@link #newSource}, under an older root secret; empty if that is not held. */
  public Optional<byte[]> sourceUnder(int rootVersion) {
    return derived.keys().derivedSource(rootVersion);
  }

  /** What to store for a product key that came from elsewhere: sealed, of no use without us. */
  public byte[] importSource(String productId, int version, Secret productKey) {
    return derived.keys().sealedSource(productId, version, productKey);
  }

  /**
   * Seals a secret setting, to be stored: of no use without the vault, nor for another owner.
   *
   * @param owner what it belongs to, as "platform/cloud"
   */
  public byte[] seal(String owner, Secret setting) {
    return derived.keys().sealedSetting(owner, setting);
  }

  /** What {@link #seal} sealed; empty for another owner, or if the root secret is not held. */
  public Optional<Secret> open(String owner, byte[] sealed) {
    return derived.keys().setting(owner, sealed);
  }

  /**
   * Seals a message for other nodes.
   *
   * @param topic what it is about; as given to {@link #openMessage}
   */
  public byte[] sealMessage(String topic, byte[] message) {
    return derived.keys().sealedMessage(topic, Secret.adopt(message));
  }

  /** What {@link #sealMessage} sealed on a node with this vault; empty if none did. */
  public Optional<byte[]> openMessage(String topic, byte[] sealed) {
    return derived.keys().message(topic, sealed).map(Secret::expose);
  }

  /** Version of the newest root secret. */
  public int newestRoot() {
    return derived.keys().contents().newestRoot();
  }

  /**
   * A MAC over something of the audit log.
   *
   * @param use what it says, as "entry": each has a key of its own
   * @return empty if that root secret is not held
   */
  public Optional<byte[]> auditMac(String use, int root, byte[] text) {
    return derived.keys().auditMac(use, root, text);
  }

  /** What only nodes with this vault call their cluster; retiring the oldest root changes it. */
  public String clusterName() {
    return derived.keys().clusterName();
  }

  /** What only nodes with this vault can show each other; changes with the name. */
  public Secret clusterSecret() {
    return derived.keys().clusterSecret();
  }

  /**
   * The secret that a device with this key shows to a platform (protocol section 4); empty if the
   * allocation secret that the key needs is not held.
   */
  public Optional<String> platformSecret(KeyRef key, String platformId) {
    return GrantToken.decode(key.token())
        .flatMap(grant -> allocation(grant.allocationSecretId(), key.ref().productId()))
        .map(
            allocation -> {
              try (FrameKey deviceKey = new FrameKey(allocation.deviceKey(key))) {
                return deviceKey.platformSecret(platformId);
              }
            });
  }

  private static <K, V> void remember(ConcurrentHashMap<K, V> cache, K name, V value) {
    if (cache.size() >= MAX_CACHED) {
      cache.clear();
    }
    cache.put(name, value);
  }

  private static VaultContents read(VaultConfig config) {
    return config
        .inline()
        .map(json -> VaultFile.parse(json, "the vault in the environment"))
        .orElseGet(() -> VaultFile.read(config.file()));
  }
}
