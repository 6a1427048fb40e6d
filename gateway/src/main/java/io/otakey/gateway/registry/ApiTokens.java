package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Tokens of the administration API. Fails as {@link DeviceAdministration} does. */
public interface ApiTokens {
  /**
   * Stores a token; empty if one of this name is valid already.
   *
   * @param name 1 to 64 characters; stands in the audit log
   * @param sha256 hash of the 32 random bytes that only the holder knows
   * @param products empty = not limited
   */
  Future<Optional<ApiToken>> create(
      Actor actor,
      String name,
      byte[] sha256,
      Role role,
      Set<String> products,
      Optional<Instant> expiresAt);

  /** The token with this hash, if it is neither expired nor revoked by the database's clock. */
  Future<Optional<ApiToken>> authenticate(byte[] sha256);

  /** Revokes a token for good; false if there is none of this id or it is revoked already. */
  Future<Boolean> revoke(Actor actor, long id);

  /** All tokens, revoked and expired ones included, by id. */
  Future<List<ApiToken>> list();
}
