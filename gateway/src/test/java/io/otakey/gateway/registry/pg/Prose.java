package io.otakey.gateway.registry.pg;

import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.GrantToken.Kind;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.Token;
import java.util.Optional;

/**
 * Protocol sections 6.2 and 6.5 read once more and written down by hand, sentence by sentence, so
 * that the table in code has something to be compared with that was not made from it.
 */
final class Prose {
  /** What leaves the gateway, as far as the table decides it. */
  enum Answer {
    /** ACK 0, or served after a commit that was made up for. */
    COMMITTED,
    /** ACK 1, or served. */
    SERVED,
    REFUSED_4,
    UNKNOWN_6,
    SUPERSEDED_7
  }

  record Outcome(Answer answer, DeviceRow after) {}

  private final Situation s;
  private final DeviceRow row;
  private final long e;
  private final GrantToken t;

  private Prose(Situation s) {
    this.s = s;
    this.row = s.row();
    this.e = s.use().key().epoch();
    this.t = s.use().grant();
  }

  static Outcome of(Situation s) {
    return new Prose(s).decide();
  }

  /** The same in the words of the code. */
  static Answer answer(Asked asked, Verdict verdict) {
    return switch (verdict) {
      case CURRENT -> Answer.SERVED;
      case COMMIT, COMMIT_RECOVERED -> Answer.COMMITTED;
      case COMMIT_EXPECTED, FENCE, SUPERSEDED -> Answer.SUPERSEDED_7;
      case REFUSED -> Answer.REFUSED_4;
      case UNKNOWN -> Answer.UNKNOWN_6;
    };
  }

  private Outcome decide() {
    Token key = s.use().key().token();
    boolean isRowsKey = row.epoch() == e && row.token().equals(Optional.of(key));
    if (isRowsKey && row.status() == RowStatus.ACTIVE) {
      return served(Answer.SERVED, row);
    }
    if (isRowsKey && row.status() == RowStatus.EXPECTED) {
      return s.asked() == Asked.POLL_OR_ROTATE
          ? unchanged(Answer.SUPERSEDED_7)
          : served(Answer.SERVED, row);
    }
    if (row.status() == RowStatus.BLOCKED
        || row.status() == RowStatus.REVOKED
        || row.status() == RowStatus.REMOVED) {
      return unchanged(Answer.REFUSED_4);
    }
    if (row.epoch() == e - 1 && t.generation() == Situation.GENERATION) {
      Optional<Outcome> next = nextEpoch();
      if (next.isPresent()) {
        return next.get();
      }
    }
    boolean live = t.attempt() >= row.attempt();
    if (s.market().inRecovery()
        && t.kind() == Kind.RECOVER
        && t.generation() == Situation.GENERATION
        && row.epoch() < e
        && live) {
      return served(Answer.COMMITTED, committed(RowStatus.ACTIVE, Situation.GENERATION));
    }
    boolean rowIsAhead = row.epoch() > e;
    boolean otherOfSameEpoch =
        row.epoch() == e
            && !(row.recoveredIn() == Situation.GENERATION
                && t.generation() < Situation.GENERATION);
    boolean outrun = t.generation() == Situation.GENERATION && !live;
    return unchanged(
        rowIsAhead || otherOfSameEpoch || outrun ? Answer.SUPERSEDED_7 : Answer.UNKNOWN_6);
  }

  /** Rows 4, 5 and 6. */
  private Optional<Outcome> nextEpoch() {
    boolean live = t.attempt() >= row.attempt();
    boolean active = row.status() == RowStatus.ACTIVE;
    boolean free = row.status() == RowStatus.NONE || row.status() == RowStatus.EXPECTED;
    if (live && t.kind() == Kind.ROTATE && active) {
      return Optional.of(served(Answer.COMMITTED, committed(RowStatus.ACTIVE, row.recoveredIn())));
    }
    if (live && t.kind() == Kind.ENROLL && (free || s.reEnrollAllowed())) {
      return Optional.of(
          s.policyAllows()
              ? served(Answer.COMMITTED, committed(RowStatus.ACTIVE, row.recoveredIn()))
              : unchanged(Answer.REFUSED_4));
    }
    if (live && t.kind() == Kind.ENROLL && active) {
      return Optional.of(s.asked() == Asked.CONFIRM ? fenced() : unchanged(Answer.SUPERSEDED_7));
    }
    boolean heals = active || (row.status() == RowStatus.EXPECTED && row.token().isPresent());
    if (!live && t.kind() == Kind.ROTATE && heals) {
      if (s.asked() != Asked.POLL_OR_ROTATE) {
        return Optional.of(unchanged(Answer.SUPERSEDED_7));
      }
      DeviceRow after = committed(row.status(), row.recoveredIn());
      return Optional.of(new Outcome(active ? Answer.COMMITTED : Answer.SUPERSEDED_7, after));
    }
    return Optional.empty();
  }

  private Outcome fenced() {
    if (t.attempt() == GrantToken.MAX_ATTEMPT) {
      return unchanged(Answer.REFUSED_4);
    }
    return new Outcome(Answer.SUPERSEDED_7, withAttempt(row, t.attempt() + 1));
  }

  /** An ABANDON that is served raises the attempt, or is refused and changes nothing at all. */
  private Outcome served(Answer answer, DeviceRow after) {
    if (s.asked() != Asked.ABANDON) {
      return new Outcome(answer, after);
    }
    int abandoned = s.abandoned().orElseThrow();
    int raised = Math.max(after.attempt(), abandoned + 1);
    return abandoned > after.attempt() + 64 || raised > 65_535
        ? unchanged(Answer.REFUSED_4)
        : new Outcome(answer, withAttempt(after, raised));
  }

  private Outcome unchanged(Answer answer) {
    return new Outcome(answer, row);
  }

  private DeviceRow committed(RowStatus status, int recoveredIn) {
    return new DeviceRow(
        status,
        e,
        Optional.of(s.use().key().token()),
        Math.max(row.attempt(), t.attempt()),
        t.connectionId() == 0 ? row.connectionId() : t.connectionId(),
        recoveredIn,
        false);
  }

  private static DeviceRow withAttempt(DeviceRow row, int attempt) {
    return new DeviceRow(
        row.status(),
        row.epoch(),
        row.token(),
        attempt,
        row.connectionId(),
        row.recoveredIn(),
        row.reEnrollApproved());
  }
}
