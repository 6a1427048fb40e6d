package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is done after a database was lost, replaced or restored (protocol section 6.6). Futures fail
 * as those of {@link DeviceAdministration}.
 */
public interface Recovery {
  /**
   * What nodes remember of the database that there was.
   *
   * @param choice the largest they saw
   * @param generations the largest they saw of each product
   */
  record Seen(long choice, Map<String, Integer> generations) {
    /** Copies the map. */
    public Seen {
      generations = Map.copyOf(generations);
    }
  }

  /**
   * How far the database is. Fails with {@link IllegalStateException} if it holds no registry at
   * all.
   */
  Future<Height> height();

  /** Has every node hold devices off until an operator chooses; keeps the first reason. */
  Future<Void> hold(String why);

  /**
   * Does a step, or notes that somebody else has to approve it.
   *
   * @param productId present exactly for a step of one product
   * @param above the generation is raised above this one, too; 0..254
   */
  Future<RecoveryOutcome> order(
      Actor actor,
      RecoveryStep step,
      Optional<String> productId,
      int above,
      boolean needsApproval,
      Seen seen);

  /** Approves and does, or denies, what waits for it. */
  Future<RecoveryOutcome> decide(Actor actor, long orderId, boolean approve, Seen seen);

  /** The last orders, newest first. */
  Future<List<RecoveryOrder>> orders(int limit);

  /** How far a product is; counts its rows. Empty if there is no such product. */
  Future<Optional<RecoveryProgress>> progress(String productId);

  /**
   * Active devices that did not prove their key in the product's present generation, by id.
   *
   * @param after the last id of the page before, or empty
   */
  Future<List<DeviceRecord>> unseen(String productId, String after, int limit);

  /**
   * Brings rows forward to what a journal says, in one transaction ({@link Restoration}).
   *
   * @param changes a device's in their order; at most 2000
   * @param dryRun tell, and change nothing
   */
  Future<Replayed> replay(Actor actor, List<Change> changes, boolean dryRun);
}
