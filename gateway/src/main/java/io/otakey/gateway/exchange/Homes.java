package io.otakey.gateway.exchange;

import io.otakey.gateway.platform.Platforms;
import io.otakey.gateway.platform.Platforms.Readiness;
import io.otakey.gateway.registry.Connections;
import io.otakey.protocol.wire.KeyRef;
import io.vertx.core.Future;
import java.util.Optional;

/** Where a device will log in with a granted key, and what is to be done there before. */
final class Homes {
  /**
   * Where one key will be used.
   *
   * @param connectionId the row's once the key is committed; 0 = nowhere
   * @param platformId empty exactly for nowhere
   */
  record Home(int connectionId, Optional<String> platformId, Readiness readiness) {
    private static final Home NOWHERE = new Home(0, Optional.empty(), Readiness.TRUSTS);

    /** The platform needs to know the key first, and does not answer. */
    boolean isAway() {
      return readiness == Readiness.AWAY;
    }

    /** The device is to log in there before it confirms. */
    boolean verify() {
      return readiness != Readiness.TRUSTS;
    }
  }

  private final Connections connections;
  private final Platforms platforms;

  Homes(Connections connections, Platforms platforms) {
    this.connections = connections;
    this.platforms = platforms;
  }

  /** The home at this connection, 0 for none; empty while the node does not know it. */
  Optional<Home> at(int connectionId) {
    return connectionId == 0
        ? Optional.of(Home.NOWHERE)
        : connections
            .connection(connectionId)
            .map(
                to ->
                    new Home(
                        connectionId,
                        Optional.of(to.platformId()),
                        platforms.readiness(to.platformId())));
  }

  /** The key's login works once this is done. Fails as {@link Platforms#prepare} does. */
  Future<Void> prepare(KeyRef key, Home home) {
    return home.readiness() == Readiness.PREPARES
        ? platforms.prepare(key, home.platformId().orElseThrow(), home.connectionId())
        : Future.succeededFuture();
  }
}
