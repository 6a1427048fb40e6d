package io.otakey.protocol.key;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.GrantToken.Kind;
import io.otakey.protocol.wire.Token;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The table as data against the prose of protocol section 6.5, over every case there is. */
class DecisionTableTest {
  private static final int PRESENT = 2;
  private static final long LAST_EPOCH = 4;
  private static final int LAST_ATTEMPT = 2;

  /** The prose, read once more and written down without a look at the table. */
  private static Verdict prose(Fact.Case c, Asked asked) {
    DeviceRow row = c.row();
    GrantToken t = c.key();
    boolean confirm = asked == Asked.CONFIRM;
    boolean mine = row.epoch() == c.epoch() && row.token().equals(Optional.of(t.encode()));
    switch (row.status()) {
      case ACTIVE -> {
        if (mine) {
          return Verdict.CURRENT;
        }
      }
      case EXPECTED -> {
        if (mine) {
          return asked == Asked.POLL_OR_ROTATE ? Verdict.SUPERSEDED : Verdict.CURRENT;
        }
      }
      case BLOCKED, REVOKED, REMOVED -> {
        return Verdict.REFUSED;
      }
      case NONE -> {}
    }
    boolean present = t.generation() == c.generation();
    boolean outrun = t.attempt() < row.attempt();
    if (row.epoch() + 1 == c.epoch() && present) {
      Optional<Verdict> successor = successor(c, confirm, asked, outrun);
      if (successor.isPresent()) {
        return successor.get();
      }
    }
    if (c.inRecovery() && t.kind() == Kind.RECOVER && present) {
      if (row.epoch() < c.epoch() && !outrun) {
        return Verdict.COMMIT_RECOVERED;
      }
    }
    if (row.epoch() > c.epoch()) {
      return Verdict.SUPERSEDED;
    }
    if (row.epoch() == c.epoch()) {
      boolean yields = row.recoveredIn() == c.generation() && t.generation() < c.generation();
      if (!yields) {
        return Verdict.SUPERSEDED;
      }
    }
    return present && outrun ? Verdict.SUPERSEDED : Verdict.UNKNOWN;
  }

  /** Rows 4 to 6: the key is of the row's next epoch and of the present generation. */
  private static Optional<Verdict> successor(
      Fact.Case c, boolean confirm, Asked asked, boolean outrun) {
    RowStatus status = c.row().status();
    if (c.key().kind() == Kind.ENROLL && !outrun) {
      if (status != RowStatus.ACTIVE || c.reEnrollAllowed()) {
        return Optional.of(c.policyAllows() ? Verdict.COMMIT : Verdict.REFUSED);
      }
      return Optional.of(confirm ? Verdict.FENCE : Verdict.SUPERSEDED);
    }
    if (c.key().kind() != Kind.ROTATE) {
      return Optional.empty();
    }
    if (status == RowStatus.ACTIVE && !outrun) {
      return Optional.of(Verdict.COMMIT);
    }
    boolean heals = outrun && asked == Asked.POLL_OR_ROTATE;
    if (status == RowStatus.ACTIVE && outrun) {
      return Optional.of(heals ? Verdict.COMMIT : Verdict.SUPERSEDED);
    }
    if (status == RowStatus.EXPECTED && c.row().token().isPresent() && outrun) {
      return Optional.of(heals ? Verdict.COMMIT_EXPECTED : Verdict.SUPERSEDED);
    }
    return Optional.empty();
  }

  @Test
  void table_saysWhatTheProseSays_inEveryCase() {
    Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    Set<Integer> rows = new TreeSet<>();
    int cases = 0;
    for (GrantToken key : keys()) {
      List<DeviceRow> all = rows(key.encode());
      for (long epoch = 1; epoch <= LAST_EPOCH + 1; epoch++) {
        for (DeviceRow row : all) {
          for (int flags = 0; flags < 8; flags++) {
            Fact.Case c =
                new Fact.Case(
                    row, epoch, key, PRESENT, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
            DecisionTable.Row decided = DecisionTable.decide(c);
            rows.add(decided.number());
            for (Asked asked : Asked.values()) {
              Verdict verdict = decided.verdict(asked);
              if (verdict != prose(c, asked)) {
                throw new AssertionError(
                    asked + " " + c + ": table " + verdict + ", prose " + prose(c, asked));
              }
              verdicts.merge(verdict, 1, Integer::sum);
              cases++;
            }
          }
        }
      }
    }
    assertThat(cases).isGreaterThan(500_000);
    assertThat(verdicts).containsOnlyKeys(Verdict.values());
    assertThat(rows).hasSameSizeAs(DecisionTable.ROWS);
  }

  @Test
  void rows_areNumberedInOrder() {
    Set<Integer> specified = new HashSet<>();
    for (int i = 0; i < DecisionTable.ROWS.size(); i++) {
      assertThat(DecisionTable.ROWS.get(i).number()).isEqualTo(i + 1);
      specified.add(DecisionTable.ROWS.get(i).specified());
    }
    assertThat(specified).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void writes_onlyWhereTheProseHasAWrite() {
    for (DecisionTable.Row row : DecisionTable.ROWS) {
      boolean commits = Set.of(4, 7).contains(row.specified()) && row.confirm() != Verdict.REFUSED;
      assertThat(row.confirm().commits()).as("CONFIRM, row %s", row.number()).isEqualTo(commits);
      assertThat(row.abandon().commits()).as("ABANDON, row %s", row.number()).isEqualTo(commits);
      assertThat(row.pollOrRotate().commits())
          .as("POLL, row %s", row.number())
          .isEqualTo(commits || row.specified() == 5);
      assertThat(row.confirm().writes()).isEqualTo(commits || row.specified() == 6);
    }
  }

  @Test
  void attemptAfterAbandon_isTheLargerOfBoth_andBounded() {
    assertThat(DecisionTable.attemptAfterAbandon(0, 0)).isEqualTo(1);
    assertThat(DecisionTable.attemptAfterAbandon(1, 0)).as("a repetition").isEqualTo(1);
    assertThat(DecisionTable.attemptAfterAbandon(7, 3)).isEqualTo(7);
    assertThat(DecisionTable.attemptAfterAbandon(0, 64)).isEqualTo(65);
    assertThat(DecisionTable.attemptAfterAbandon(0, 65)).isEqualTo(-1);
    assertThat(DecisionTable.attemptAfterAbandon(65_534, 65_534)).isEqualTo(65_535);
    assertThat(DecisionTable.attemptAfterAbandon(65_535, 65_535)).isEqualTo(-1);
    assertThat(DecisionTable.attemptAfterAbandon(65_535, 65_534)).isEqualTo(65_535);
  }

  private static List<GrantToken> keys() {
    List<GrantToken> keys = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (int generation = PRESENT - 1; generation <= PRESENT + 1; generation++) {
        for (int attempt = 0; attempt <= LAST_ATTEMPT; attempt++) {
          int pkVersion = kind == Kind.ENROLL ? 1 : 0;
          keys.add(new GrantToken(1, kind, pkVersion, generation, attempt, 0, new byte[7]));
        }
      }
    }
    return keys;
  }

  /** Every row there can be, with this key's token or another's. */
  private static List<DeviceRow> rows(Token own) {
    List<DeviceRow> rows = new ArrayList<>();
    rows.add(DeviceRow.NONE);
    for (RowStatus status : RowStatus.values()) {
      for (long epoch = 0; epoch <= LAST_EPOCH && status != RowStatus.NONE; epoch++) {
        for (Optional<Token> token :
            List.of(Optional.<Token>empty(), Optional.of(own), Optional.of(Token.ofHex("00")))) {
          boolean possible =
              epoch == 0
                  ? token.isEmpty() && status != RowStatus.ACTIVE
                  : token.isPresent() || status != RowStatus.ACTIVE;
          for (int attempt = 0; attempt <= LAST_ATTEMPT && possible; attempt++) {
            for (int recoveredIn = 0; recoveredIn <= PRESENT; recoveredIn++) {
              rows.add(new DeviceRow(status, epoch, token, attempt, 0, recoveredIn, false));
            }
          }
        }
      }
    }
    return rows;
  }
}
