package io.otakey.gateway.registry;

import io.otakey.protocol.key.RowStatus;
import java.util.EnumMap;
import java.util.Map;

/**
 * Devices of one product.
 *
 * @param byStatus statuses that no device has are left out
 * @param asked active devices that are to take a new key, or to move, and have not yet
 */
public record ProductCount(String productId, Map<RowStatus, Long> byStatus, long asked) {
  /** Copies the map. */
  public ProductCount {
    byStatus = Map.copyOf(byStatus);
  }

  /** Both together, of one product. */
  public ProductCount plus(ProductCount other) {
    Map<RowStatus, Long> sum = new EnumMap<>(RowStatus.class);
    sum.putAll(byStatus);
    other.byStatus.forEach((status, devices) -> sum.merge(status, devices, Long::sum));
    return new ProductCount(productId, sum, asked + other.asked);
  }
}
