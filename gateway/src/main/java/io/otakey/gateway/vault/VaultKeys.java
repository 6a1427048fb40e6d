package io.otakey.gateway.vault;

import io.otakey.protocol.crypto.AesGcm;
import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.ProductAllocation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Everything that one state of the vault derives: expand(root secret, label, id). Immutable and
 * thread-safe; costs curve work once, when it is made.
 */
final class VaultKeys {
  private static final byte[] ALLOCATION = ascii("otakey-vault/1 allocation secret");
  private static final byte[] GATEWAY = ascii("otakey-vault/1 gateway key");
  private static final byte[] PRODUCT = ascii("otakey-vault/1 product key ");
  private static final byte[] SEAL = ascii("otakey-vault/1 product key seal");
  private static final byte[] SETTINGS = ascii("otakey-vault/1 settings seal");
  private static final byte[] NODES = ascii("otakey-vault/1 node to node");
  private static final byte[] CLUSTER = ascii("otakey-vault/1 cluster name");
  private static final byte[] MEMBERS = ascii("otakey-vault/1 cluster members");
  private static final byte[] AUDIT = ascii("otakey-vault/1 audit ");

  private final VaultContents contents;
  private final Map<Integer, Secret> roots = new HashMap<>();
  private final Map<Integer, Secret> allocationSecrets = new HashMap<>();
  private final Map<Integer, X25519.KeyPair> gatewayKeys = new HashMap<>();

  VaultKeys(VaultContents contents, X25519 x25519) {
    this.contents = contents;
    contents.roots().forEach(root -> roots.put(root.version(), root.secret()));
    for (VaultContents.Entry entry : contents.allocationSecrets()) {
      if (entry.state() != VaultContents.State.RETIRED) {
        allocationSecrets.put(entry.id(), derive(entry, ALLOCATION));
      }
    }
    for (VaultContents.Entry entry : contents.gatewayKeys()) {
      if (entry.state() != VaultContents.State.RETIRED) {
        try (Secret scalar = derive(entry, GATEWAY)) {
          gatewayKeys.put(entry.id(), x25519.of(scalar));
        }
      }
    }
  }

  UUID installationId() {
    return contents.installationId();
  }

  VaultContents contents() {
    return contents;
  }

  int granting(VaultContents.Kind kind) {
    return contents.entries(kind).stream()
        .filter(entry -> entry.state() == VaultContents.State.GRANTING)
        .findFirst()
        .orElseThrow()
        .id();
  }

  Optional<X25519.KeyPair> gatewayKey(int id) {
    return Optional.ofNullable(gatewayKeys.get(id));
  }

  List<Integer> gatewayKeyIds() {
    int first = granting(VaultContents.Kind.GATEWAY_KEY);
    return gatewayKeys.keySet().stream()
        .sorted((a, b) -> a == first ? -1 : b == first ? 1 : Integer.compare(b, a))
        .toList();
  }

  Optional<ProductAllocation> allocation(int id, String productId) {
    return Optional.ofNullable(allocationSecrets.get(id))
        .map(secret -> new ProductAllocation(secret, productId));
  }

  /** Where a new product key comes from: the newest root. Not a secret. */
  byte[] derivedSource() {
    return new KeySource(false, contents.newestRoot()).encode();
  }

  Optional<byte[]> derivedSource(int rootVersion) {
    return roots.containsKey(rootVersion)
        ? Optional.of(new KeySource(false, rootVersion).encode())
        : Optional.empty();
  }

  /** A product key from elsewhere, sealed under the newest root for this product and version. */
  byte[] sealedSource(String productId, int version, Secret productKey) {
    return seal(SEAL, name(productId, version), productKey);
  }

  /** A secret setting of ours, sealed under the newest root for what it belongs to. */
  byte[] sealedSetting(String owner, Secret setting) {
    return seal(SETTINGS, owner.getBytes(StandardCharsets.UTF_8), setting);
  }

  /** What was sealed; empty for another owner, or without the root secret. */
  Optional<Secret> setting(String owner, byte[] sealed) {
    return open(SETTINGS, owner.getBytes(StandardCharsets.UTF_8), sealed);
  }

  /** Sealed under the newest root, for another node. */
  byte[] sealedMessage(String topic, Secret message) {
    return seal(NODES, ascii(topic), message);
  }

  /** What another node sealed; empty if none did that holds a root secret of ours. */
  Optional<Secret> message(String topic, byte[] sealed) {
    return open(NODES, ascii(topic), sealed);
  }

  /** The same on every node of an installation; of its oldest root. */
  String clusterName() {
    try (Secret name = Hmac.expand(oldestRoot(), CLUSTER)) {
      return HexFormat.of().formatHex(name.expose());
    }
  }

  /** What members of the cluster show each other; of the oldest root, too. */
  Secret clusterSecret() {
    return Hmac.expand(oldestRoot(), MEMBERS);
  }

  /** A MAC of the audit log's; empty if that root secret is not held. */
  Optional<byte[]> auditMac(String use, int rootVersion, byte[] text) {
    return Optional.ofNullable(roots.get(rootVersion))
        .map(
            root -> {
              try (Secret key = Hmac.expand(root, AUDIT, ascii(use))) {
                return Hmac.hmac(key.expose(), text);
              }
            });
  }

  private Secret oldestRoot() {
    return root(roots.keySet().stream().min(Integer::compare).orElseThrow());
  }

  private Optional<Secret> open(byte[] label, byte[] name, byte[] sealed) {
    return KeySource.of(sealed)
        .filter(KeySource::imported)
        .map(from -> roots.get(from.root()))
        .flatMap(
            root -> {
              try (Secret seal = Hmac.expand(root, label)) {
                return AesGcm.open(seal, name, KeySource.rest(sealed));
              }
            });
  }

  private byte[] seal(byte[] label, byte[] name, Secret secret) {
    int root = contents.newestRoot();
    try (Secret seal = Hmac.expand(root(root), label)) {
      byte[] sealed = AesGcm.seal(seal, name, secret);
      byte[] head = new KeySource(true, root).encode();
      return ByteBuffer.allocate(head.length + sealed.length).put(head).put(sealed).array();
    }
  }

  /** The product key of a source, or empty if this vault does not hold its root secret. */
  Optional<FrameKey> productKey(String productId, int version, byte[] source) {
    byte[] name = name(productId, version);
    return KeySource.of(source)
        .flatMap(from -> productKey(from, name, KeySource.rest(source)))
        .map(FrameKey::shareable);
  }

  private Optional<Secret> productKey(KeySource from, byte[] name, byte[] rest) {
    Secret root = roots.get(from.root());
    if (root == null) {
      return Optional.empty();
    }
    if (!from.imported()) {
      return Optional.of(Hmac.expand(root, PRODUCT, name));
    }
    try (Secret seal = Hmac.expand(root, SEAL)) {
      return AesGcm.open(seal, name, rest);
    }
  }

  private Secret derive(VaultContents.Entry entry, byte[] label) {
    return Hmac.expand(root(entry.rootVersion()), label, new byte[] {(byte) entry.id()});
  }

  private Secret root(int version) {
    Secret root = roots.get(version);
    if (root == null) {
      throw new VaultException("the vault does not hold root secret " + version);
    }
    return root;
  }

  private static byte[] name(String productId, int version) {
    return ascii(productId + "/" + version);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
