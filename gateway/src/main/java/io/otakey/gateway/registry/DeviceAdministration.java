package io.otakey.gateway.registry;

import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.streams.WriteStream;
import java.util.List;
import java.util.Optional;

/**
 * What operators do to devices (protocol section 6.2). Every change is audited in its own
 * transaction. Futures fail with {@link RegistryUnavailableException}, or with {@link
 * IllegalArgumentException} for arguments outside their ranges.
 */
public interface DeviceAdministration {
  /** Most ids that one call takes. */
  int MAX_CHUNK = 10_000;

  /** Most rows of one page. */
  int MAX_PAGE = 1000;

  /** One device; empty if there is no row. */
  Future<Optional<DeviceRecord>> get(DeviceRef ref);

  /**
   * One page, by product and device id.
   *
   * @param after the last device of the page before
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<List<DeviceRecord>> list(DeviceFilter filter, Optional<DeviceRef> after, int limit);

  /**
   * Writes every device of the filter to the stream, as of one instant, as fast as it takes them,
   * in constant memory; ends the stream. Fails if the stream fails.
   */
  Future<Void> export(DeviceFilter filter, WriteStream<DeviceRecord> out);

  /**
   * Makes the ids known (expected, epoch 0). Rows that exist are reported and left alone, so that a
   * repetition is harmless.
   *
   * @param deviceIds valid device ids, at most {@link #MAX_CHUNK}
   */
  Future<PreRegistration> preRegister(Actor actor, String productId, List<String> deviceIds);

  /**
   * Active to expected: the device may enroll again. A row whose attempt is at its limit goes on at
   * the next epoch with attempt 0 and without token.
   */
  Future<DeviceChange> reset(Actor actor, DeviceRef ref);

  /** Expected back to active: takes a reset back, its key is served again. */
  Future<DeviceChange> withdrawReset(Actor actor, DeviceRef ref);

  /** Expected or active to blocked. */
  Future<DeviceChange> block(Actor actor, DeviceRef ref);

  /** Blocked to what it was before. */
  Future<DeviceChange> unblock(Actor actor, DeviceRef ref);

  /** Any to revoked, for good. */
  Future<DeviceChange> revoke(Actor actor, DeviceRef ref);

  /** Any to removed; drops the token, keeps identity, epoch and attempt. */
  Future<DeviceChange> remove(Actor actor, DeviceRef ref);

  /** Removed to expected, for a new owner. */
  Future<DeviceChange> reopen(Actor actor, DeviceRef ref);

  /** Allows one re-enrollment of an active device. */
  Future<DeviceChange> approve(Actor actor, DeviceRef ref);

  /**
   * Allows one re-enrollment of each of these devices of a product.
   *
   * @param deviceIds at most {@link #MAX_CHUNK}
   * @return the ids that were active and are approved now
   */
  Future<List<String>> approve(Actor actor, String productId, List<String> deviceIds);

  /**
   * Devices of a product that wait for an operator, by device id.
   *
   * @param after the last device id of the page before, empty = from the beginning
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<List<AwaitingDevice>> awaiting(
      String productId, AwaitingDevice.Reason reason, String after, int limit);
}
