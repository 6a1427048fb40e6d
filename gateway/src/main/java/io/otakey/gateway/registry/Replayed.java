package io.otakey.gateway.registry;

import java.util.List;
import java.util.Map;

/**
 * What a part of a journal did to the rows, or would do.
 *
 * @param effects how many devices each happened to
 * @param products whose generation rose to what the journal knows
 * @param connections that are there again
 * @param labeled devices that have later labels again
 * @param conflicts what was left alone, in words; at most 20
 */
public record Replayed(
    Map<Restoration.Effect, Integer> effects,
    List<String> products,
    List<Integer> connections,
    int labeled,
    List<String> conflicts) {
  /** Copies the collections. */
  public Replayed {
    effects = Map.copyOf(effects);
    products = List.copyOf(products);
    connections = List.copyOf(connections);
    conflicts = List.copyOf(conflicts);
  }
}
