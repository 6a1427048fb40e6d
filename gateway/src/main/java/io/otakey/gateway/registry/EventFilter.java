package io.otakey.gateway.registry;

import java.util.Optional;
import java.util.Set;

/**
 * Which events; every condition that is present must hold.
 *
 * @param products empty = all
 * @param kinds empty = all
 */
public record EventFilter(Set<String> products, Optional<String> deviceId, Set<EventKind> kinds) {
  /** All events. */
  public static final EventFilter ALL = new EventFilter(Set.of(), Optional.empty(), Set.of());

  /** Copies the sets. */
  public EventFilter {
    products = Set.copyOf(products);
    kinds = Set.copyOf(kinds);
  }

  /** Whether it lets this event through. */
  public boolean matches(Event event) {
    return (products.isEmpty() || event.productId().map(products::contains).orElse(false))
        && (deviceId.isEmpty() || deviceId.equals(event.deviceId()))
        && (kinds.isEmpty() || kinds.contains(event.kind()));
  }
}
