package io.otakey.protocol.key;

/**
 * The facts that conditions of the decision table are made of. Each is one comparison between a
 * device's row, its product, and the key (e, t) that authenticated the frame.
 */
public enum Fact {
  /** E = e. */
  EPOCH_EQUAL("E = e", "E ≠ e"),
  /** E = e - 1. */
  EPOCH_NEXT("E = e − 1", "E ≠ e − 1"),
  /** E &lt; e. */
  EPOCH_BEHIND("E < e", "E ≥ e"),
  /** E &gt; e. */
  EPOCH_AHEAD("E > e", "E ≤ e"),
  /** T = t. */
  TOKEN_EQUAL("T = t", "T ≠ t"),
  /** The row holds a token. */
  HAS_TOKEN("row has a token", "row has no token"),
  /** There is no row. */
  NO_ROW("no row", "a row"),
  /** The row is expected. */
  EXPECTED("*expected*", "not *expected*"),
  /** The row is active. */
  ACTIVE("*active*", "not *active*"),
  /** The row is blocked, revoked or removed. */
  BARRED("*blocked*, *revoked* or *removed*", "not barred"),
  /** t is of kind 1. */
  KIND_ENROLL("kind 1", "not kind 1"),
  /** t is of kind 2. */
  KIND_ROTATE("kind 2", "not kind 2"),
  /** t is of kind 3. */
  KIND_RECOVER("kind 3", "not kind 3"),
  /** Generation of t = G. */
  GENERATION_PRESENT("generation of t = G", "generation of t ≠ G"),
  /** Generation of t &lt; G. */
  GENERATION_OLDER("generation of t < G", "generation of t ≥ G"),
  /** Attempt of t &gt;= A. */
  ATTEMPT_LIVE("attempt of t ≥ A", "attempt of t < A"),
  /** Re-enrollment of this active row is allowed: an approval, or the policy's open time. */
  RE_ENROLL_ALLOWED("re-enrollment allowed", "re-enrollment not allowed"),
  /** Window, quota, allow-list and product key version allow an enrollment now. */
  POLICY_ALLOWS("policy allows", "policy does not allow"),
  /** The product is in recovery. */
  IN_RECOVERY("product in recovery", "product not in recovery"),
  /** The row was recovered in G. */
  RECOVERED_IN_PRESENT("row recovered in G", "row not recovered in G");

  private final String text;
  private final String opposite;

  Fact(String text, String opposite) {
    this.text = text;
    this.opposite = opposite;
  }

  /** As the documentation writes it. */
  String text(boolean negated) {
    return negated ? opposite : text;
  }

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
