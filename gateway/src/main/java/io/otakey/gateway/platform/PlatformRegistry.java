package io.otakey.gateway.platform;

import io.otakey.gateway.registry.Actor;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Platforms, as operators see them. Every change is audited in its own transaction. Futures fail
 * with {@code RegistryUnavailableException}, with {@link IllegalArgumentException} for what is
 * outside its range, and with {@link IllegalStateException} for what the platform's state forbids;
 * both say what to do.
 */
public interface PlatformRegistry {
  /** All platforms as of the last snapshot, by id; for event loops. */
  Collection<Platform> platforms();

  /** The platform as of the last snapshot; for event loops. */
  Optional<Platform> platform(String id);

  /**
   * Creates a platform, or changes its settings; then it is compared with the registry. The kind of
   * one that has logins cannot be changed.
   *
   * @param pushes whether logins are written into it
   */
  Future<Platform> put(Actor actor, Platform platform, boolean pushes);

  /**
   * Forgets a platform; it is treated as one that asks.
   *
   * @param abandon also if logins are there, which are left as they are
   * @return whether there was one
   */
  Future<Boolean> delete(Actor actor, String id, boolean abandon);

  /** What is there and what is owed, for every platform that logins are written into. */
  Future<List<Debt>> debts();

  /**
   * Asks for a comparison; one that waits or runs is enough. Empty if there is no such platform.
   */
  Future<Optional<Reconciliation>> reconcile(Actor actor, String id);

  /** The last comparison, or the one under way. */
  Future<Optional<Reconciliation>> reconciliation(String id);
}
