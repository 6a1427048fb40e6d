package io.otakey.gateway.registry;

import java.util.Map;
import java.util.UUID;

/**
 * How far a database is.
 *
 * @param commits rises with every commit; never goes back in one history. It may be ahead of what
 *     is committed, never behind
 * @param choice of the operator's last choice
 * @param held why devices are held off; empty = they are not
 * @param generations of all products
 */
public record Height(
    UUID installation, long commits, long choice, String held, Map<String, Integer> generations) {
  /** Copies the map. */
  public Height {
    generations = Map.copyOf(generations);
  }
}
