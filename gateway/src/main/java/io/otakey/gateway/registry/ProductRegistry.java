package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Products with their policies. All of them are kept in memory as an immutable snapshot that is at
 * most about a second old while the database is there. Administration fails as {@link
 * DeviceAdministration} does.
 */
public interface ProductRegistry {
  /** The product as of the last snapshot; never blocks, for event loops. */
  Optional<Product> product(String id);

  /** All products of the last snapshot, by id. */
  List<Product> products();

  /** Whether a campaign asks devices of this product just now, as of the last snapshot. */
  boolean inCampaign(String id);

  /** Creates a product without key versions; {@code Conflict} if the id is taken. */
  Future<ProductChange> create(Actor actor, String id, ProductSettings settings);

  /**
   * Replaces the settings. A quota that is set where there was none counts the product's devices
   * first; commits of that product wait meanwhile.
   *
   * @param seenVersion {@link Product#version} that the operator saw; {@code Conflict} if it is old
   */
  Future<ProductChange> update(Actor actor, String id, long seenVersion, ProductSettings settings);

  /**
   * Adds a key version.
   *
   * @param version 1..255, not used before; empty = the next one
   * @param source what the vault makes the key from
   */
  Future<ProductChange> addKey(Actor actor, String id, OptionalInt version, byte[] source);

  /** Retires a key version, or takes that back. Commits after this see it. */
  Future<ProductChange> setKeyRetired(Actor actor, String id, int version, boolean retired);

  /** Completes when the snapshot holds everything that was committed before the call. */
  Future<Void> refresh();
}
