package io.otakey.gateway.audit;

import io.otakey.gateway.audit.Chain.Proof;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What this node saw of the chain since it started: an end that was cut off, and everything put
 * back in its place, is a fault to whoever saw more. One event loop's; asked from any thread.
 */
final class ChainMemory {
  private final Chain chain;
  private volatile long position;
  private volatile double chained = Double.NaN;
  private volatile boolean broken;
  private byte @Nullable [] mac;

  ChainMemory(Chain chain) {
    this.chain = chain;
  }

  /** The newest place that was seen. */
  long position() {
    return position;
  }

  /** Where the chain ended at the last look; no number before the first one. */
  double chained() {
    return chained;
  }

  /** Whether something did not fit, once since the start. */
  boolean isBroken() {
    return broken;
  }

  /** Takes a look in; what does not fit, told once. */
  Optional<String> take(ChainLedger.Look look) {
    long head = look.state().map(state -> state.head().position()).orElse(0L);
    chained = head;
    Optional<String> why = fault(look);
    if (why.isPresent()) {
      boolean told = broken;
      broken = true;
      return told ? Optional.empty() : why;
    }
    position = head;
    mac = look.head().orElse(null);
    return Optional.empty();
  }

  private Optional<String> fault(ChainLedger.Look look) {
    if (look.state().isEmpty()) {
      return position > 0 ? Optional.of("is gone") : Optional.empty();
    }
    ChainState state = look.state().get();
    if (chain.proof(state) == Proof.FORGED) {
      return Optional.of("has an end that no gateway wrote");
    }
    if (state.head().position() < position) {
      return Optional.of("ends at " + state.head().position() + ", and this node saw " + position);
    }
    boolean pruned = position <= state.start().position();
    return pruned || mac == null || Arrays.equals(mac, look.seen().orElse(null))
        ? Optional.empty()
        : Optional.of("holds another entry at " + position + " than this node saw");
  }
}
