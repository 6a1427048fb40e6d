package io.otakey.gateway.registry;

import io.vertx.core.Future;

/**
 * Which state of the vault the installation uses, as a mark that says nothing of its secrets.
 * Futures fail as those of {@link DeviceAdministration}.
 */
public interface VaultMark {
  /**
   * The mark of the vault in force.
   *
   * @param ifNone what to write if there is none yet
   */
  Future<String> inForce(String ifNone);

  /** Puts a vault in force: every node that holds the same one takes it over. */
  Future<Void> put(String mark);
}
