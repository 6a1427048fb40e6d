package io.otakey.protocol.key;

/**
 * The facts that conditions of the decision table are made of. Each is one comparison between a
 * device's row, its product, and the key (e, t) that authenticated the frame.
 */
public enum Fact {
  /** E = e. */
  EPOCH_EQUAL,
  /** E = e - 1. */
  EPOCH_NEXT,
  /** E &lt; e. */
  EPOCH_BEHIND,
  /** E &gt; e. */
  EPOCH_AHEAD,
  /** T = t. */
  TOKEN_EQUAL,
  /** The row holds a token. */
  HAS_TOKEN,
  /** There is no row. */
  NO_ROW,
  /** The row is expected. */
  EXPECTED,
  /** The row is active. */
  ACTIVE,
  /** The row is blocked, revoked or removed. */
  BARRED,
  /** t is of kind 1. */
  KIND_ENROLL,
  /** t is of kind 2. */
  KIND_ROTATE,
  /** t is of kind 3. */
  KIND_RECOVER,
  /** Generation of t = G. */
  GENERATION_PRESENT,
  /** Generation of t &lt; G. */
  GENERATION_OLDER,
  /** Attempt of t &gt;= A. */
  ATTEMPT_LIVE,
  /** Re-enrollment of this active row is allowed: an approval, or the policy's open time. */
  RE_ENROLL_ALLOWED,
  /** Window, quota, allow-list and product key version allow an enrollment now. */
  POLICY_ALLOWS,
  /** The product is in recovery. */
  IN_RECOVERY,
  /** The row was recovered in G. */
  RECOVERED_IN_PRESENT;

  /** Whether the fact holds. */
  public boolean holds(Case c) {
    DeviceRow row = c.row();
    GrantToken t = c.key();
    return switch (this) {
      case EPOCH_EQUAL -> row.epoch() == c.epoch();
      case EPOCH_NEXT -> row.epoch() == c.epoch() - 1;
      case EPOCH_BEHIND -> row.epoch() < c.epoch();
      case EPOCH_AHEAD -> row.epoch() > c.epoch();
      case TOKEN_EQUAL -> row.token().equals(java.util.Optional.of(t.encode()));
      case HAS_TOKEN -> row.token().isPresent();
      case NO_ROW -> row.status() == RowStatus.NONE;
      case EXPECTED -> row.status() == RowStatus.EXPECTED;
      case ACTIVE -> row.status() == RowStatus.ACTIVE;
      case BARRED ->
          row.status() == RowStatus.BLOCKED
              || row.status() == RowStatus.REVOKED
              || row.status() == RowStatus.REMOVED;
      case KIND_ENROLL -> t.kind() == GrantToken.Kind.ENROLL;
      case KIND_ROTATE -> t.kind() == GrantToken.Kind.ROTATE;
      case KIND_RECOVER -> t.kind() == GrantToken.Kind.RECOVER;
      case GENERATION_PRESENT -> t.generation() == c.generation();
      case GENERATION_OLDER -> t.generation() < c.generation();
      case ATTEMPT_LIVE -> t.attempt() >= row.attempt();
      case RE_ENROLL_ALLOWED -> c.reEnrollAllowed();
      case POLICY_ALLOWS -> c.policyAllows();
      case IN_RECOVERY -> c.inRecovery();
      case RECOVERED_IN_PRESENT -> row.recoveredIn() == c.generation();
    };
  }

  /**
   * Everything one decision looks at.
   *
   * @param row the device's row, {@link DeviceRow#NONE} if there is none
   * @param epoch e, the epoch of the key that authenticated the frame
   * @param key what t says
   * @param generation G, the product's present generation
   * @param inRecovery the product is in recovery
   * @param reEnrollAllowed approval of the row, or the policy's open time
   * @param policyAllows window, quota, allow-list and key version allow an enrollment now
   */
  public record Case(
      DeviceRow row,
      long epoch,
      GrantToken key,
      int generation,
      boolean inRecovery,
      boolean reEnrollAllowed,
      boolean policyAllows) {}
}
