package io.otakey.gateway.registry;

/** What became of a change to a product. */
public sealed interface ProductChange {
  /** Done and audited. */
  record Changed(Product now) implements ProductChange {}

  /** There is no such product. */
  record NotFound(String id) implements ProductChange {}

  /** Somebody else changed the product meanwhile, or a product of this id exists already. */
  record Conflict(Product now) implements ProductChange {}

  /**
   * The change makes no sense.
   *
   * @param why names the fault and the remedy
   */
  record Invalid(String why) implements ProductChange {}
}
