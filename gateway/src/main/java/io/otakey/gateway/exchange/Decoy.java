package io.otakey.gateway.exchange;

import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.vault.Vault;
import java.util.List;

/**
 * A product that nobody can name, with keys that nobody holds: it takes the place of one that there
 * is not, so that both are looked up alike, and time tells nothing.
 */
final class Decoy {
  /** No product id. */
  private static final String ID = "-";

  private Decoy() {}

  static Product of(Vault vault) {
    List<ProductKey> keys = List.of(new ProductKey(1, false, vault.newSource()));
    return new Product(ID, ID, EnrollmentPolicy.DEFAULT, 1, false, keys, 0, 1);
  }
}
