package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Cloud connections by id. They are immutable and never deleted; a change makes a new one. Fails as
 * {@link DeviceAdministration} does.
 */
public interface Connections {
  /**
   * A connection with its id.
   *
   * @param id 1..65535, never used again
   */
  record Stored(int id, Connection connection, Instant createdAt) {}

  /** The connection as of the last snapshot or read; for event loops. Empty if not known. */
  Optional<Connection> connection(int id);

  /**
   * Stores a connection under the next id. Fails with {@link IllegalArgumentException} if it is not
   * valid, and with {@link IllegalStateException} when all ids are used.
   */
  Future<Stored> create(Actor actor, Connection connection);

  /** All connections, by id. */
  Future<List<Stored>> list();
}
