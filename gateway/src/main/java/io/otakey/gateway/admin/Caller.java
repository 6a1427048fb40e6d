package io.otakey.gateway.admin;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Role;
import java.util.Set;

/**
 * Who calls.
 *
 * @param name of the token
 * @param products that the token is limited to; empty = not limited
 * @param address where the request came from
 */
record Caller(String name, Role role, Set<String> products, String address) {
  boolean limited() {
    return !products.isEmpty();
  }

  boolean sees(String productId) {
    return products.isEmpty() || products.contains(productId);
  }

  boolean may(Role needed) {
    return role.compareTo(needed) >= 0;
  }

  Actor actor() {
    return new Actor(name, address);
  }
}
