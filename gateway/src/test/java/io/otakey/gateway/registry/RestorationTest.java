package io.otakey.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.journal.Compaction;
import io.otakey.gateway.journal.JournalEntry;
import io.otakey.gateway.journal.JournalReader;
import io.otakey.gateway.registry.Change.Cause;
import io.otakey.gateway.registry.Restoration.Effect;
import io.otakey.gateway.registry.Restoration.State;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RestorationTest {
  private static final DeviceRef REF = new DeviceRef("p", "d");
  private static final List<OperatorAction> ACTIONS = List.of(OperatorAction.values());

  private static Token token(GrantToken.Kind kind, int generation, int attempt, int salt) {
    byte[] bytes = new byte[GrantToken.SALT_LENGTH];
    bytes[0] = (byte) salt;
    bytes[1] = (byte) (salt >> 8);
    int version = kind == GrantToken.Kind.ENROLL ? 1 : 0;
    return new GrantToken(1, kind, version, generation, attempt, 0, bytes).encode();
  }

  private static DeviceRow active(long epoch, Token token, int attempt) {
    return new DeviceRow(RowStatus.ACTIVE, epoch, Optional.of(token), attempt, 3, 0, false);
  }

  private static Change.Device change(Cause cause, State now) {
    return new Change.Device(cause, REF, now.row(), now.returnsTo());
  }

  /** One device's life: each change, and the row after it. */
  private static final class Life {
    private final Random random;
    private final List<State> rows = new ArrayList<>();
    private final List<JournalEntry> journal = new ArrayList<>();
    private State now = State.NONE;

    private Life(long seed, int changes) {
      this.random = new Random(seed);
      rows.add(now);
      while (journal.size() < changes) {
        step();
      }
    }

    private void step() {
      DeviceRow row = now.row();
      boolean may =
          switch (row.status()) {
            case NONE, EXPECTED, ACTIVE -> true;
            case BLOCKED, REVOKED, REMOVED -> false;
          };
      if (may && random.nextInt(3) > 0) {
        boolean rotates = row.status() == RowStatus.ACTIVE;
        GrantToken.Kind kind = rotates ? GrantToken.Kind.ROTATE : GrantToken.Kind.ENROLL;
        Token token = token(kind, 1, row.attempt(), random.nextInt(60_000));
        took(Cause.COMMITTED, new State(active(row.epoch() + 1, token, row.attempt()), none()));
      } else if (row.status() == RowStatus.ACTIVE && random.nextBoolean()) {
        DeviceRow raised = active(row.epoch(), row.token().orElseThrow(), row.attempt() + 1);
        took(Cause.RAISED, new State(raised, none()));
      } else if (row.status() != RowStatus.NONE) {
        act(ACTIONS.get(random.nextInt(ACTIONS.size())));
      }
    }

    private static Optional<RowStatus> none() {
      return Optional.empty();
    }

    private void act(OperatorAction action) {
      var before = new OperatorAction.State(now.row(), now.returnsTo(), Wanted.NOTHING);
      // A campaign or an operator revokes for good far more often in a walk than in life.
      boolean rare = action == OperatorAction.REVOKE && random.nextInt(4) > 0;
      if (!rare && action.refusal(before).isEmpty()) {
        OperatorAction.State after = action.apply(before);
        took(Cause.of(action), new State(after.row(), after.returnsTo()));
      }
    }

    private void took(Cause cause, State after) {
      now = after;
      rows.add(now);
      journal.add(new JournalEntry(journal.size(), change(cause, now)));
    }
  }

  private static List<Change.Device> compacted(List<JournalEntry> journal) {
    Compaction compaction = new Compaction();
    journal.forEach(compaction::add);
    List<Change.Device> changes = new ArrayList<>();
    compaction.parts(
        10,
        part ->
            JournalReader.read(JournalReader.write(part))
                .orElseThrow()
                .forEach(entry -> changes.add((Change.Device) entry.change())));
    return changes;
  }

  /** What decides, of a removed row: identity, epoch, attempt. An approval may be used up. */
  private static State essence(State state) {
    DeviceRow row = state.row();
    return new State(
        new DeviceRow(
            row.status(), row.epoch(), row.token(), row.attempt(), 0, row.recoveredIn(), false),
        state.returnsTo());
  }

  @Test
  void anyBackup_withTheJournalOfItsWholeHistory_isAsItWas() {
    for (int seed = 0; seed < 1500; seed++) {
      Life life = new Life(seed, 1 + seed % 25);
      List<JournalEntry> shuffled = new ArrayList<>(life.journal);
      Collections.shuffle(shuffled, new Random(seed)); // several nodes, in any order
      List<Change.Device> journal = compacted(shuffled);
      for (int backup = 0; backup < life.rows.size(); backup++) {
        State restored = Restoration.restore(life.rows.get(backup), journal).after();
        assertThat(essence(restored))
            .as("seed " + seed + ", backup after " + backup + " of " + life.journal)
            .isEqualTo(essence(life.now));
        assertThat(Restoration.restore(restored, journal))
            .as("a second time, seed " + seed)
            .isEqualTo(new Restoration.Outcome(restored, Effect.UNCHANGED));
      }
    }
  }

  /** Rows that went on, or were proved back, while the journal lay there. */
  @Test
  void replay_neverLowersAnEpoch_norTakesAKeyProvedSince() {
    for (int seed = 0; seed < 1500; seed++) {
      Life life = new Life(seed, 1 + seed % 12);
      List<Change.Device> journal = compacted(life.journal);
      Random random = new Random(seed);
      State backup = life.rows.get(random.nextInt(life.rows.size()));
      DeviceRow row = backup.row();
      boolean recovered = random.nextBoolean();
      GrantToken.Kind kind = recovered ? GrantToken.Kind.RECOVER : GrantToken.Kind.ENROLL;
      long epoch = Math.max(row.epoch(), life.now.row().epoch()) + 1;
      State proved =
          new State(active(epoch, token(kind, 2, row.attempt(), 9), 0), Optional.empty());
      State after = Restoration.restore(proved, journal).after();
      assertThat(after.row().epoch()).isGreaterThanOrEqualTo(epoch);
      if (after.row().status() == RowStatus.ACTIVE) {
        assertThat(after.row().token()).isEqualTo(proved.row().token());
      }
    }
  }

  @Test
  void aRowThatAnOlderKeyRecovered_yieldsToTheKeyThatTheJournalKnows() {
    Token stolen = token(GrantToken.Kind.RECOVER, 2, 0, 1);
    Token mine = token(GrantToken.Kind.ROTATE, 1, 0, 2);
    State row = new State(active(3, stolen, 0), Optional.empty());
    Change.Device five = change(Cause.COMMITTED, new State(active(5, mine, 0), Optional.empty()));
    assertThat(Restoration.restore(row, List.of(five)).after().row().token()).contains(mine);

    Change.Device beside = change(Cause.COMMITTED, new State(active(3, mine, 0), Optional.empty()));
    assertThat(Restoration.restore(row, List.of(beside)).after()).isEqualTo(row);
  }

  /** It enrolled anew: the old key is in nobody's flash. */
  @Test
  void aRowOfALaterGeneration_thatEnrolled_isLeftAlone() {
    State row = new State(active(1, token(GrantToken.Kind.ENROLL, 2, 0, 1), 0), Optional.empty());
    Token old = token(GrantToken.Kind.ROTATE, 1, 0, 2);
    Change.Device five = change(Cause.COMMITTED, new State(active(5, old, 0), Optional.empty()));
    assertThat(Restoration.restore(row, List.of(five)))
        .isEqualTo(new Restoration.Outcome(row, Effect.LEFT));
  }

  /** The device gave that grant up after the fail-over: its flash does not hold it any more. */
  @Test
  void aCommitThatTheRowHasFencedSince_isDead() {
    Token one = token(GrantToken.Kind.ENROLL, 1, 0, 1);
    State fenced = new State(active(1, one, 1), Optional.empty());
    Token two = token(GrantToken.Kind.ROTATE, 1, 0, 2);
    Change.Device lost = change(Cause.COMMITTED, new State(active(2, two, 0), Optional.empty()));
    assertThat(Restoration.restore(fenced, List.of(lost)).after()).isEqualTo(fenced);
    State untouched = new State(active(1, one, 0), Optional.empty());
    assertThat(Restoration.restore(untouched, List.of(lost)).after().row().epoch()).isEqualTo(2);
  }

  @Test
  void aBar_comesBackWhateverTheRowDidSince() {
    State revoked =
        new State(
            new DeviceRow(
                RowStatus.REVOKED,
                2,
                Optional.of(token(GrantToken.Kind.ROTATE, 1, 0, 1)),
                0,
                0,
                0,
                false),
            Optional.empty());
    State since = new State(active(7, token(GrantToken.Kind.ROTATE, 1, 0, 8), 0), Optional.empty());
    Restoration.Outcome outcome =
        Restoration.restore(since, List.of(change(Cause.REVOKED, revoked)));
    assertThat(outcome.effect()).isEqualTo(Effect.BARRED);
    assertThat(outcome.after().row().status()).isEqualTo(RowStatus.REVOKED);
    assertThat(outcome.after().row().epoch()).isEqualTo(7);
  }
}
