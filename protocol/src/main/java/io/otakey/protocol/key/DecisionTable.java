package io.otakey.protocol.key;

import static io.otakey.protocol.key.Fact.*;
import static io.otakey.protocol.key.Verdict.COMMIT;
import static io.otakey.protocol.key.Verdict.COMMIT_EXPECTED;
import static io.otakey.protocol.key.Verdict.COMMIT_RECOVERED;
import static io.otakey.protocol.key.Verdict.CURRENT;
import static io.otakey.protocol.key.Verdict.FENCE;
import static io.otakey.protocol.key.Verdict.REFUSED;
import static io.otakey.protocol.key.Verdict.SUPERSEDED;
import static io.otakey.protocol.key.Verdict.UNKNOWN;

import java.util.List;
import java.util.stream.Stream;

/**
 * The decision table of protocol section 6.5, as data: the SQL statement that decides, the tests
 * that compare it, and the table in the documentation are all made from {@link #ROWS}. First match
 * wins. Rows 4 and 5 of the specification are two lines each here, because their outcome depends on
 * one more fact.
 */
public final class DecisionTable {
  /** What the frame asks for, as far as the table cares. */
  public enum Asked {
    /** CONFIRM. */
    CONFIRM,
    /** POLL or ROTATE. */
    POLL_OR_ROTATE,
    /** ABANDON. */
    ABANDON
  }

  /**
   * A fact, or its opposite.
   *
   * @param negated whether the fact must not hold
   */
  public record Literal(Fact fact, boolean negated) {
    boolean holds(Fact.Case c) {
      return fact.holds(c) != negated;
    }
  }

  /**
   * One line of the table.
   *
   * @param number line number, 1..N, unique
   * @param specified the row's number in protocol section 6.5
   * @param anyOf the condition: one of these lists must hold in all its literals
   */
  public record Row(
      int number,
      int specified,
      List<List<Literal>> anyOf,
      Verdict confirm,
      Verdict pollOrRotate,
      Verdict abandon) {
    /** Whether the row's condition holds. */
    public boolean matches(Fact.Case c) {
      return anyOf.stream().anyMatch(all -> all.stream().allMatch(literal -> literal.holds(c)));
    }

    /** What the row says to a frame. */
    public Verdict verdict(Asked asked) {
      return switch (asked) {
        case CONFIRM -> confirm;
        case POLL_OR_ROTATE -> pollOrRotate;
        case ABANDON -> abandon;
      };
    }
  }

  private static final List<Literal> LIVE_SUCCESSOR =
      all(EPOCH_NEXT, GENERATION_PRESENT, ATTEMPT_LIVE);

  private static final List<List<Literal>> ENROLLABLE =
      List.of(
          and(LIVE_SUCCESSOR, KIND_ENROLL, NO_ROW),
          and(LIVE_SUCCESSOR, KIND_ENROLL, EXPECTED),
          and(LIVE_SUCCESSOR, KIND_ENROLL, ACTIVE, RE_ENROLL_ALLOWED));

  private static final List<Literal> OUTRUN_ROTATION =
      and(all(EPOCH_NEXT, GENERATION_PRESENT, KIND_ROTATE), not(ATTEMPT_LIVE));

  /** The table, in order. */
  public static final List<Row> ROWS =
      List.of(
          same(1, 1, anyOf(all(EPOCH_EQUAL, TOKEN_EQUAL, ACTIVE)), CURRENT),
          row(2, 2, anyOf(all(EPOCH_EQUAL, TOKEN_EQUAL, EXPECTED)), CURRENT, SUPERSEDED, CURRENT),
          same(3, 3, anyOf(all(BARRED)), REFUSED),
          same(4, 4, each(ENROLLABLE, not(POLICY_ALLOWS)), REFUSED),
          same(5, 4, plus(ENROLLABLE, and(LIVE_SUCCESSOR, KIND_ROTATE, ACTIVE)), COMMIT),
          row(6, 5, anyOf(and(OUTRUN_ROTATION, ACTIVE)), SUPERSEDED, COMMIT, SUPERSEDED),
          row(
              7,
              5,
              anyOf(and(OUTRUN_ROTATION, EXPECTED, HAS_TOKEN)),
              SUPERSEDED,
              COMMIT_EXPECTED,
              SUPERSEDED),
          row(
              8,
              6,
              anyOf(and(and(LIVE_SUCCESSOR, KIND_ENROLL, ACTIVE), not(RE_ENROLL_ALLOWED))),
              FENCE,
              SUPERSEDED,
              SUPERSEDED),
          same(
              9,
              7,
              anyOf(all(IN_RECOVERY, KIND_RECOVER, GENERATION_PRESENT, EPOCH_BEHIND, ATTEMPT_LIVE)),
              COMMIT_RECOVERED),
          same(
              10,
              8,
              anyOf(
                  all(EPOCH_AHEAD),
                  and(all(EPOCH_EQUAL), not(RECOVERED_IN_PRESENT)),
                  and(all(EPOCH_EQUAL), not(GENERATION_OLDER)),
                  and(all(GENERATION_PRESENT), not(ATTEMPT_LIVE))),
              SUPERSEDED),
          same(11, 9, anyOf(all()), UNKNOWN));

  private DecisionTable() {}

  /** The row that decides; there always is one. */
  public static Row decide(Fact.Case c) {
    return ROWS.stream().filter(row -> row.matches(c)).findFirst().orElseThrow();
  }

  /** How far above the row's attempt an abandoned token may lie. */
  public static final int MAX_ABANDON_LEAD = 64;

  /**
   * The row's attempt after an ABANDON that is served (protocol section 6.5), or -1 if it is to be
   * refused with 4.
   *
   * @param attempt A, after a commit that the table demanded
   * @param abandonedAttempt attempt of the abandoned token
   */
  public static int attemptAfterAbandon(int attempt, int abandonedAttempt) {
    int raised = Math.max(attempt, abandonedAttempt + 1);
    boolean refused =
        abandonedAttempt - attempt > MAX_ABANDON_LEAD || raised > GrantToken.MAX_ATTEMPT;
    return refused ? -1 : raised;
  }

  private static Row same(int number, int specified, List<List<Literal>> anyOf, Verdict verdict) {
    return new Row(number, specified, anyOf, verdict, verdict, verdict);
  }

  private static Row row(
      int number,
      int specified,
      List<List<Literal>> anyOf,
      Verdict confirm,
      Verdict pollOrRotate,
      Verdict abandon) {
    return new Row(number, specified, anyOf, confirm, pollOrRotate, abandon);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // List.of copies the array
  private static List<List<Literal>> anyOf(List<Literal>... clauses) {
    return List.of(clauses);
  }

  private static List<List<Literal>> plus(List<List<Literal>> clauses, List<Literal> more) {
    return Stream.concat(clauses.stream(), Stream.of(more)).toList();
  }

  private static List<List<Literal>> each(List<List<Literal>> clauses, Literal more) {
    return clauses.stream().map(clause -> and(clause, more)).toList();
  }

  private static List<Literal> all(Fact... facts) {
    return Stream.of(facts).map(fact -> new Literal(fact, false)).toList();
  }

  private static List<Literal> and(List<Literal> clause, Fact... facts) {
    return Stream.concat(clause.stream(), all(facts).stream()).toList();
  }

  private static List<Literal> and(List<Literal> clause, Literal more) {
    return Stream.concat(clause.stream(), Stream.of(more)).toList();
  }

  private static Literal not(Fact fact) {
    return new Literal(fact, true);
  }
}
