package io.otakey.gateway.oidc;

import io.otakey.gateway.registry.Role;
import java.util.Set;

/**
 * Who a token was given to.
 *
 * @param name for the audit log; no API token can have it
 * @param products that its owner is limited to; empty = not limited
 */
public record Identity(String name, Role role, Set<String> products) {
  /** Copies the set. */
  public Identity {
    products = Set.copyOf(products);
  }
}
