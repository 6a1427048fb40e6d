package io.otakey.gateway.platform;

import io.otakey.protocol.wire.KeyRef;
import io.vertx.core.Future;

/** What platforms have to do with grants. Thread-safe, for event loops. */
public interface Platforms {
  /** How a platform stands to a grant for it. */
  enum Readiness {
    /** Nothing has to be written there; the device verifies its login. */
    ASKS,
    /** Nothing has to be written there, and the device has nothing to verify. */
    TRUSTS,
    /** The login is written there before the device gets its grant. */
    PREPARES,
    /** As that, but the platform does not answer: no grant now. */
    AWAY
  }

  /** How this platform stands to a grant. */
  Readiness readiness(String platformId);

  /**
   * Writes the login of a granted key into its platform; the grant may leave once that is done.
   * Fails with {@link PlatformException}, or with {@code RegistryUnavailableException}.
   */
  Future<Void> prepare(KeyRef key, String platformId, int connectionId);

  /** For gateways whose platforms all ask. */
  Platforms NONE =
      new Platforms() {
        @Override
        public Readiness readiness(String platformId) {
          return Readiness.ASKS;
        }

        @Override
        public Future<Void> prepare(KeyRef key, String platformId, int connectionId) {
          return Future.succeededFuture();
        }
      };
}
