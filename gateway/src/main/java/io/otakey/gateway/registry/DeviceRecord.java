package io.otakey.gateway.registry;

import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One device as operators see it.
 *
 * @param returnsTo present exactly if the row is blocked: what unblocking makes of it
 * @param createdAt when the row was first written
 * @param firstCommittedAt when a key was first committed
 * @param committedAt when the present key was committed
 * @param wanted what operators want of it
 * @param lastSeen last authentic frame, to about a minute
 */
public record DeviceRecord(
    DeviceRef ref,
    DeviceRow row,
    Optional<RowStatus> returnsTo,
    Instant createdAt,
    Optional<Instant> firstCommittedAt,
    Optional<Instant> committedAt,
    Optional<Instant> lastSeen,
    Optional<String> firmware,
    OptionalLong lastError,
    Wanted wanted,
    Map<String, String> labels) {
  /** Copies the map. */
  public DeviceRecord {
    labels = Map.copyOf(labels);
  }
}
