package io.otakey.gateway.registry;

import java.time.Instant;
import java.util.Optional;

/**
 * A step that was ordered.
 *
 * @param productId present exactly for a step of one product
 * @param above the generation is raised above this one, too; 0..254
 * @param decidedBy who approved or denied it; whoever ordered it if nobody had to
 */
public record RecoveryOrder(
    long id,
    RecoveryStep step,
    Optional<String> productId,
    int above,
    State state,
    String orderedBy,
    Optional<String> decidedBy,
    Instant orderedAt,
    Optional<Instant> decidedAt) {
  /** What became of it. */
  public enum State {
    /** Somebody else than who ordered it has to agree. */
    WAITING_FOR_APPROVAL,
    /** It was done. */
    DONE,
    /** Somebody did not agree. */
    DENIED
  }
}
