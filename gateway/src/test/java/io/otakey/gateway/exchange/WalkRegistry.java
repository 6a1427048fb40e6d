package io.otakey.gateway.exchange;

import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.MemoryRegistry;
import io.otakey.protocol.key.DecisionTable;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.Fact;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.key.Verdict;
import java.time.InstantSource;

/** The registry of a walk: tells the rules what is decided, and may have a seeded fault. */
final class WalkRegistry extends MemoryRegistry {
  /** Hears of a decision before it is written. */
  interface Listener {
    void decides(KeyUse use, Asked asked, Verdict verdict, DeviceRow after);
  }

  private final WalkFault fault;
  private Listener listener = (use, asked, verdict, after) -> {};

  WalkRegistry(InstantSource clock, WalkFault fault) {
    super(clock);
    this.fault = fault;
  }

  void watch(Listener rules) {
    listener = rules;
  }

  @Override
  protected void decided(KeyUse use, Asked asked, Verdict verdict, DeviceRow after) {
    listener.decides(use, asked, verdict, after);
  }

  @Override
  protected Verdict verdict(Fact.Case facts, KeyUse use, Asked asked) {
    Verdict verdict = super.verdict(facts, use, asked);
    DeviceRow row = facts.row();
    boolean wrong =
        switch (fault) {
          case NOTHING, ABANDON_KEEPS_ATTEMPT, ABANDON_RAISES_AGAIN, ACK_BEFORE_COMMIT -> false;
          case BARRED_SAYS_SUPERSEDED -> row.status() == RowStatus.BLOCKED;
          case BEHIND_SAYS_SUPERSEDED -> verdict == Verdict.UNKNOWN;
          case SUPERSEDED_IS_SERVED -> false;
        };
    boolean serves =
        fault == WalkFault.SUPERSEDED_IS_SERVED
            && row.status() == RowStatus.ACTIVE
            && row.epoch() == use.key().epoch() + 1;
    return serves ? Verdict.CURRENT : wrong ? Verdict.SUPERSEDED : verdict;
  }

  @Override
  protected int attemptAfterAbandon(int attempt, int abandoned) {
    int raised = DecisionTable.attemptAfterAbandon(attempt, abandoned);
    if (raised < 0 || fault == WalkFault.ABANDON_KEEPS_ATTEMPT) {
      return raised < 0 ? raised : attempt;
    }
    return fault == WalkFault.ABANDON_RAISES_AGAIN ? attempt + 1 : raised;
  }
}
