package io.otakey.loadgen.live;

import io.otakey.loadgen.link.Credential;
import io.otakey.loadgen.link.Login;
import io.otakey.loadgen.link.Login.Outcome;
import io.otakey.loadgen.link.Platform;
import io.otakey.loadgen.stats.LiveResult;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The devices of one lane, frozen, log in with everything that they ever held: exactly the newest
 * credential must be taken, and by exactly one platform. What it takes for a device is done in
 * turn, and ends as it began: a platform that refuses because it refuses everything proves nothing.
 */
final class Proof {
  /** What is tried. */
  enum Kind {
    /** First of all. */
    NEWEST("newest secret on its platform: accepted", Outcome.ACCEPTED),
    /** Wherever they held. */
    OLDER("older secrets where they held: refused", Outcome.REFUSED),
    /** Where they did not hold, but the newest does. */
    OLDER_ELSEWHERE("older secrets where the newest holds: refused", Outcome.REFUSED),
    /** Where it does not hold. */
    NEWEST_ELSEWHERE("newest secret on other platforms: refused", Outcome.REFUSED),
    /** Last of all. */
    NEWEST_AGAIN("newest secret once more at the end: accepted", Outcome.ACCEPTED);

    private final String text;
    private final Outcome expected;

    Kind(String text, Outcome expected) {
      this.text = text;
      this.expected = expected;
    }
  }

  /** One kind's figures. */
  static final class Score {
    private long tried;
    private long held;
    private long broken;
    private long unclear;

    void add(Score other) {
      tried += other.tried;
      held += other.held;
      broken += other.broken;
      unclear += other.unclear;
    }
  }

  private record Check(Kind kind, Credential credential) {}

  private static final int TRIES = 6;

  private final LiveLane lane;
  private final Collection<Platform> platforms;
  private final Map<Kind, Score> scores = new EnumMap<>(Kind.class);
  private final CompletableFuture<Map<Kind, Score>> finished = new CompletableFuture<>();
  private int open;

  /** Called on the lane's loop, as is everything else here. */
  Proof(LiveLane lane, Collection<Platform> platforms) {
    this.lane = lane;
    this.platforms = platforms;
    for (Kind kind : Kind.values()) {
      scores.put(kind, new Score());
    }
  }

  CompletableFuture<Map<Kind, Score>> run() {
    open = 1;
    for (Resident resident : lane.residents()) {
      open++;
      lane.gate().enter(new OfOne(resident)::begin);
    }
    closed();
    return finished;
  }

  /** What all lanes found, for people. */
  static LiveResult.Check summary(Kind kind, Score score) {
    return new LiveResult.Check(kind.text, score.tried, score.held, score.broken, score.unclear);
  }

  private void closed() {
    open--;
    if (open == 0) {
      finished.complete(scores);
    }
  }

  /** The checks of one device, one after the other. */
  private final class OfOne implements Login.Listener {
    private final Resident resident;
    private final ArrayDeque<Check> checks = new ArrayDeque<>();
    private int tries;

    OfOne(Resident resident) {
      this.resident = resident;
      Credential newest = resident.seat().current();
      if (newest == null) {
        return;
      }
      checks.add(new Check(Kind.NEWEST, newest));
      for (Credential older : resident.seat().older()) {
        checks.add(new Check(Kind.OLDER, older));
        if (!older.platform().equals(newest.platform())) {
          checks.add(new Check(Kind.OLDER_ELSEWHERE, older.at(newest.platform())));
        }
      }
      for (Platform other : platforms) {
        if (!other.equals(newest.platform())) {
          checks.add(new Check(Kind.NEWEST_ELSEWHERE, newest.at(other)));
        }
      }
      checks.add(new Check(Kind.NEWEST_AGAIN, newest));
    }

    void begin() {
      resident.seat().leave();
      next();
    }

    private void next() {
      Check check = checks.peek();
      if (check == null) {
        lane.gate().leave();
        closed();
      } else {
        var unused = lane.client().open(check.credential(), this);
      }
    }

    @Override
    public void ended(Login login, Outcome outcome) {
      login.close();
      Check check = checks.element();
      boolean maybe =
          outcome != check.kind().expected
              && outcome != Outcome.ACCEPTED; // a platform in trouble may refuse or be silent
      tries++;
      if (maybe && tries < TRIES) {
        var unused = lane.loop().schedule(this::next, lane.backOff(tries), TimeUnit.MILLISECONDS);
        return;
      }
      checks.remove();
      tries = 0;
      judge(check, outcome);
      next();
    }

    @Override
    public void lost(Login login) {} // it was closed before

    private void judge(Check check, Outcome outcome) {
      Score score = score(check.kind());
      score.tried++;
      if (outcome == check.kind().expected) {
        score.held++;
        return;
      }
      boolean unfinished = // it may hold the next one, which is what the platform takes now
          check.kind().expected == Outcome.ACCEPTED && !resident.isResting();
      if (outcome == Outcome.UNREACHABLE || unfinished) {
        score.unclear++;
      } else {
        score.broken++;
      }
      lane.tally()
          .fault(
              resident.name()
                  + ": "
                  + check.kind().text
                  + "? It was "
                  + (outcome == Outcome.UNREACHABLE ? "not answered" : outcome)
                  + " by "
                  + check.credential().platform());
    }
  }

  private Score score(Kind kind) {
    Score score = scores.get(kind);
    if (score == null) {
      throw new IllegalStateException("no score of " + kind);
    }
    return score;
  }
}
