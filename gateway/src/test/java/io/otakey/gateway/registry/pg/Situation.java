package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.KeyUse;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.Fact;
import io.otakey.protocol.key.RowStatus;
import java.util.OptionalInt;

/**
 * One case of the decision table: a row, its product, and a question.
 *
 * @param everCommitted a key of the row was committed at some time
 */
record Situation(
    Market market,
    DeviceRow row,
    boolean everCommitted,
    KeyUse use,
    Asked asked,
    OptionalInt abandoned) {
  /** Present generation of every product here. */
  static final int GENERATION = 3;

  /** What an operator chose about re-enrollment. */
  enum Again {
    NEVER,
    ON_APPROVAL,
    OPEN,
    OPEN_NO_LONGER
  }

  /** What else policy says about enrollments. */
  enum Gate {
    OPEN,
    NOT_YET,
    NO_LONGER,
    KEY_RETIRED,
    ALLOW_LIST,
    QUOTA_SPENT,
    QUOTA_LEFT
  }

  /** A product. */
  record Market(String id, Gate gate, Again again, boolean inRecovery) {}

  boolean policyAllows() {
    return switch (market.gate) {
      case OPEN, QUOTA_LEFT -> true;
      case NOT_YET, NO_LONGER, KEY_RETIRED -> false;
      case ALLOW_LIST -> row.status() != RowStatus.NONE;
      case QUOTA_SPENT -> everCommitted;
    };
  }

  boolean reEnrollAllowed() {
    return switch (market.again) {
      case NEVER -> false;
      case ON_APPROVAL, OPEN_NO_LONGER -> row.reEnrollApproved();
      case OPEN -> true;
    };
  }

  Fact.Case facts() {
    return new Fact.Case(
        row,
        use.key().epoch(),
        use.grant(),
        GENERATION,
        market.inRecovery,
        reEnrollAllowed(),
        policyAllows());
  }
}
