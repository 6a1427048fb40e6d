package io.otakey.gateway.registry;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A token of the administration API, without its secret.
 *
 * @param products the products it is limited to; empty = not limited
 */
public record ApiToken(
    long id,
    String name,
    Role role,
    Set<String> products,
    Instant createdAt,
    Optional<Instant> expiresAt,
    Optional<Instant> revokedAt) {
  /** Copies the set. */
  public ApiToken {
    products = Set.copyOf(products);
  }
}
