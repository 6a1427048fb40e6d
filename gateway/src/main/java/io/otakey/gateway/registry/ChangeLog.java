package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.util.List;

/** Where changes are kept beside the database. From any thread; never blocks. */
public interface ChangeLog {
  /** Keeps nothing. */
  ChangeLog NONE = changes -> Future.succeededFuture();

  /**
   * Completes when the changes, which are committed, are as safe as this node was told to make
   * them; nothing is acknowledged before. Fails with {@link RegistryBusyException} if they cannot
   * be kept now: whoever asked will ask again.
   */
  Future<Void> keep(List<? extends Change> changes);
}
