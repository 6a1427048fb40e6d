package io.otakey.gateway.registry;

import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.KeyRef;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which devices to list; every condition must hold.
 *
 * @param products empty = all
 * @param statuses empty = all
 * @param minEpoch smallest epoch
 * @param maxEpoch largest epoch
 * @param idPrefix how the device id begins, empty = anyhow
 * @param firmware firmware version last reported
 * @param connectionId connection last committed
 * @param seenBefore not seen since this instant, or never
 * @param labels what its labels are
 */
public record DeviceFilter(
    Set<String> products,
    Set<RowStatus> statuses,
    long minEpoch,
    long maxEpoch,
    String idPrefix,
    Optional<String> firmware,
    OptionalInt connectionId,
    Optional<Instant> seenBefore,
    LabelFilter labels) {
  /** Every device. */
  public static final DeviceFilter ALL =
      new DeviceFilter(
          Set.of(),
          Set.of(),
          0,
          KeyRef.MAX_EPOCH + 1,
          "",
          Optional.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          LabelFilter.ALL);

  /** Copies the sets. */
  public DeviceFilter {
    products = Set.copyOf(products);
    statuses = Set.copyOf(statuses);
  }

  /** Every device of one product. */
  public static DeviceFilter ofProduct(String id) {
    return ALL.withProducts(Set.of(id));
  }

  /** The same conditions, other products. */
  public DeviceFilter withProducts(Set<String> ids) {
    return new DeviceFilter(
        ids, statuses, minEpoch, maxEpoch, idPrefix, firmware, connectionId, seenBefore, labels);
  }

  /** The same conditions, other statuses. */
  public DeviceFilter withStatuses(Set<RowStatus> wanted) {
    return new DeviceFilter(
        products, wanted, minEpoch, maxEpoch, idPrefix, firmware, connectionId, seenBefore, labels);
  }

  /** The same conditions, another beginning of the id. */
  public DeviceFilter withIdPrefix(String prefix) {
    return new DeviceFilter(
        products, statuses, minEpoch, maxEpoch, prefix, firmware, connectionId, seenBefore, labels);
  }

  /** The same conditions, another range of epochs, both ends included. */
  public DeviceFilter withEpochs(long min, long max) {
    return new DeviceFilter(
        products, statuses, min, max, idPrefix, firmware, connectionId, seenBefore, labels);
  }

  /** The same conditions, others on labels. */
  public DeviceFilter withLabels(LabelFilter wanted) {
    return new DeviceFilter(
        products,
        statuses,
        minEpoch,
        maxEpoch,
        idPrefix,
        firmware,
        connectionId,
        seenBefore,
        wanted);
  }
}
