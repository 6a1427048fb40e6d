package io.otakey.gateway.exchange;

import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.ProductAllocation;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Request;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * Authenticates frames under device keys without any store: the token tells how to derive the key
 * (protocol section 6.1). What is unknown is checked against dummy keys, so that time tells
 * nothing. Thread-safe.
 */
final class DeviceAuth {
  /** Some minutes of a busy node, in 8 MiB. */
  private static final int MAX_FRAMES = 1 << 20;

  private final Vault vault;
  private final ProductRegistry products;
  private final Product decoy;
  private final ProductAllocation dummy;
  private final RecentFrames met = new RecentFrames(MAX_FRAMES);

  DeviceAuth(Vault vault, ProductRegistry products) {
    this.vault = vault;
    this.products = products;
    this.decoy = Decoy.of(vault);
    this.dummy = new ProductAllocation(random(), "");
  }

  /** 32 random bytes for a key that nobody holds. */
  static Secret random() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return Secret.adopt(bytes);
  }

  /**
   * A frame whose guard or mac is right.
   *
   * @param key the device key; whoever got this closes it
   */
  record Authentic(KeyUse use, Product product, FrameKey key) {}

  /**
   * Whether an authentic frame is met for the first time, as far as is remembered: a repetition may
   * come from anybody who heard it.
   */
  boolean isFirst(Request.Keyed request) {
    return met.add(request.proof());
  }

  /** The frame's key if the frame is authentic, else empty. */
  Optional<Authentic> authenticate(Request.Keyed request) {
    KeyRef ref = request.key();
    Optional<Product> product = products.product(ref.ref().productId());
    Optional<GrantToken> token = GrantToken.decode(ref.token());
    String id = product.orElse(decoy).id();
    Optional<ProductAllocation> allocation =
        ref.epoch() > 0
            ? token.flatMap(t -> vault.allocation(t.allocationSecretId(), id))
            : Optional.empty();
    FrameKey key = new FrameKey(allocation.orElse(dummy).deviceKey(ref));
    if (!key.authenticates(request) || product.isEmpty() || allocation.isEmpty()) {
      key.close();
      return Optional.empty();
    }
    return Optional.of(
        new Authentic(new KeyUse(ref, token.orElseThrow()), product.orElseThrow(), key));
  }
}
