package io.otakey.gateway.campaign;

import io.otakey.gateway.registry.LabelFilter;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which devices a campaign is for; every condition must hold.
 *
 * @param products at least one
 * @param idPrefix how the device id begins, empty = anyhow
 * @param firmware firmware version last reported
 * @param platformId platform of the connection last committed
 * @param keyOlderThan since when the present key must have been committed at least
 * @param deviceIds exactly these, of the one product; empty = all; at most {@link #MAX_LIST}
 * @param percent of what matches, chosen at random, 1..100
 * @param labels what its labels are
 */
public record Target(
    Set<String> products,
    String idPrefix,
    Optional<String> firmware,
    Optional<String> platformId,
    Optional<Duration> keyOlderThan,
    List<String> deviceIds,
    int percent,
    LabelFilter labels) {
  /** Most devices that a list names. */
  public static final int MAX_LIST = 10_000;

  /** Copies the collections. */
  public Target {
    products = Set.copyOf(products);
    deviceIds = List.copyOf(deviceIds);
  }

  /** Every active device of a product. */
  public static Target product(String id) {
    return new Target(
        Set.of(id),
        "",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        100,
        LabelFilter.ALL);
  }

  /** The same conditions, others on labels. */
  public Target withLabels(LabelFilter wanted) {
    return new Target(
        products, idPrefix, firmware, platformId, keyOlderThan, deviceIds, percent, wanted);
  }

  void validate(List<String> problems) {
    if (products.isEmpty()) {
      problems.add("target.products must name at least one product");
    }
    if (percent < 1 || percent > 100) {
      problems.add("target.percent must be 1 to 100");
    }
    if (!deviceIds.isEmpty() && products.size() != 1) {
      problems.add("target.deviceIds needs exactly one product");
    }
    if (deviceIds.size() > MAX_LIST) {
      problems.add("target.deviceIds has more than " + MAX_LIST + " ids: make several campaigns");
    }
    if (!deviceIds.stream().allMatch(DeviceRef::isDeviceId)) {
      problems.add("target.deviceIds has something that is no device id");
    }
    if (keyOlderThan.isPresent() && keyOlderThan.get().isNegative()) {
      problems.add("target.keyOlderThan must not be negative");
    }
    labels.problems().forEach(problem -> problems.add("target has " + problem));
  }
}
