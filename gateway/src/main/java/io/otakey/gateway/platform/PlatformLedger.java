package io.otakey.gateway.platform;

import io.otakey.gateway.registry.DutyLedger;
import io.otakey.gateway.registry.Lease;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.LoginName;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Which logins are to exist on platforms, and what of it is still to be done: the outbox. It
 * follows the registry, level-triggered (protocol section 6.8). Futures fail with {@code
 * LeaseLostException}, or with {@code RegistryUnavailableException}.
 */
public interface PlatformLedger extends DutyLedger {
  /**
   * A grant whose login a platform is to have before the device does.
   *
   * @param key that was granted
   */
  record Granted(KeyRef key, String platformId, int connectionId) {}

  /**
   * Notes logins that are about to be made, durably.
   *
   * @param kept how long they are left if nobody confirms
   */
  Future<Void> granted(List<Granted> grants, Duration kept);

  /**
   * Follows what devices and operators did meanwhile.
   *
   * @return how many events and operators' changes were read, at most {@code limit} of either; 0:
   *     there are no more
   */
  Future<Integer> settle(Lease lease, int limit);

  /**
   * What is due on a platform, longest due first; grants that nobody confirmed in time included.
   */
  Future<List<Owed>> due(String platformId, int limit);

  /** These were done; what changed meanwhile stays owed. */
  Future<Void> done(String platformId, List<Owed> owed);

  /** These were not: they are due again after a pause that grows, at most ten minutes. */
  Future<Void> failed(String platformId, List<Owed> owed, String why);

  /**
   * The keys of these devices with the platforms that they are on; of devices that are not served,
   * or on no platform, nothing. In any order.
   */
  Future<List<Granted>> held(List<DeviceRef> devices);

  /** Comparisons that wait, and those of platforms whose last one is older than this. */
  Future<List<Reconciliation>> toReconcile(Duration every);

  /**
   * Settles the next devices that are on the platform, or were.
   *
   * @param after the last device of the step before; empty at first
   * @return the last device of this step; empty: there are no more
   */
  Future<Optional<DeviceRef>> sweep(
      Lease lease, String platformId, Optional<DeviceRef> after, int limit);

  /** The number of the comparison that begins to look at the platform now. */
  Future<Long> begin(Lease lease, String platformId);

  /**
   * What a comparison saw.
   *
   * @param extra logins that nobody needs
   * @param foreign logins of products that this installation does not have; left alone
   */
  record Seen(int extra, int foreign) {}

  /** Notes what a comparison found on the platform; what nobody needs is owed a roll-back. */
  Future<Seen> seen(Lease lease, String platformId, long run, List<LoginName> names);

  /**
   * Ends a comparison; of one that was listed, what was not found is owed again.
   *
   * @param found with its counts so far; how many were missing is counted here
   */
  Future<Void> reconciled(Lease lease, Reconciliation found);

  /** Notes why a comparison failed; it is to be begun anew. */
  Future<Void> notReconciled(Lease lease, String platformId, String why);
}
