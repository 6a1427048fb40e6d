package io.otakey.gateway.platform;

import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.KeyRef;
import java.util.Optional;

/** Names and secrets of logins, made anew whenever they are needed. Thread-safe. */
final class Logins {
  private final Vault vault;
  private final Connections connections;

  Logins(Vault vault, Connections connections) {
    this.vault = vault;
    this.connections = connections;
  }

  /**
   * The login of a key on the platform of this connection; empty while the node does not know it.
   */
  Optional<Login> login(KeyRef key, int connectionId) {
    return connections
        .connection(connectionId)
        .map(
            stored -> {
              Connection offered = stored.offeredTo(key.ref());
              return new Login(
                  key.ref(),
                  key.token(),
                  offered.loginName(key.token()),
                  offered.clientIdOf(key.ref()),
                  offered.branchOf(key.ref()));
            });
  }

  /** As {@link #login}, with the secret; empty also if the vault no longer holds what it needs. */
  Optional<Credential> credential(KeyRef key, int connectionId, String platformId) {
    return login(key, connectionId)
        .flatMap(
            login ->
                vault.platformSecret(key, platformId).map(secret -> new Credential(login, secret)));
  }
}
