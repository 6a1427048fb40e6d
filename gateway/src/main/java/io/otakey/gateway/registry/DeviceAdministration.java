package io.otakey.gateway.registry;

import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.streams.WriteStream;
import java.util.List;
import java.util.Map;
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
   * How many devices hold a key of each allocation secret, by its id. Reads every row: a second for
   * a million devices, on the database's side.
   */
  Future<Map<Integer, Long>> keysByAllocationSecret();

  /**
   * Devices of each product that has any, by product id. Reads every row, with no more than one
   * process of the database.
   */
  Future<List<ProductCount>> count();

  /** Does one of the transitions of protocol section 6.2. */
  Future<DeviceChange> act(Actor actor, OperatorAction action, DeviceRef ref);

  /**
   * Allows one re-enrollment of each of these devices of a product.
   *
   * @param deviceIds at most {@link #MAX_CHUNK}
   * @return the ids that were active and are approved now
   */
  Future<List<String>> approve(Actor actor, String productId, List<String> deviceIds);

  /**
   * Asks something of these devices of a product; each does it at its next POLL, or when it is
   * told.
   *
   * @param deviceIds at most {@link #MAX_CHUNK}
   * @return of which devices it is wanted now, by device id: those that are active
   */
  Future<List<AskedDevice>> want(Actor actor, Wish wish, String productId, List<String> deviceIds);

  /**
   * Devices of a product that wait for an operator, by device id.
   *
   * @param after the last device id of the page before, empty = from the beginning
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<List<AwaitingDevice>> awaiting(
      String productId, AwaitingDevice.Reason reason, String after, int limit);
}
