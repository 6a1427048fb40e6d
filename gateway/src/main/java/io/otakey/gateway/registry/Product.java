package io.otakey.gateway.registry;

import java.util.List;
import java.util.Optional;

/**
 * One product: all devices that share a firmware image.
 *
 * @param id as in protocol section 3
 * @param name for people, up to 200 characters
 * @param generation the recovery counter, 1..255
 * @param inRecovery the fleet is being recovered after a lost database (protocol section 6.6)
 * @param keys every version ever added, ascending
 * @param connectionId what enrollments are granted, 1..65535, 0 = none
 * @param version rises with every change; an update names the one it saw
 */
public record Product(
    String id,
    String name,
    EnrollmentPolicy policy,
    int generation,
    boolean inRecovery,
    List<ProductKey> keys,
    int connectionId,
    long version) {
  /** Copies the list. */
  public Product {
    keys = List.copyOf(keys);
  }

  /** The key of this version, retired or not. */
  public Optional<ProductKey> key(int keyVersion) {
    return keys.stream().filter(key -> key.version() == keyVersion).findFirst();
  }
}
