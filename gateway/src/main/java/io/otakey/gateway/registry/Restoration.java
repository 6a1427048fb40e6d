package io.otakey.gateway.registry;

import io.otakey.gateway.registry.Change.Cause;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Token;
import java.util.List;
import java.util.Optional;

/**
 * What a journal makes of a row that may be older or newer than it. A row goes forward only, by
 * epoch, then by attempt; of a key beside it, the row's stays. So a replay that is repeated, or
 * late, takes no key away from a device that proved it since. A bar comes back whatever the row is.
 */
public final class Restoration {
  /** A row with what operators left in it. */
  public record State(DeviceRow row, Optional<RowStatus> returnsTo) {
    /** There is no row. */
    public static final State NONE = new State(DeviceRow.NONE, Optional.empty());
  }

  /** What became of a device, the weightiest of what did. */
  public enum Effect {
    /** It has a row again. */
    CREATED,
    /** It is blocked, revoked or removed again. */
    BARRED,
    /** It is not blocked any more. */
    UNBARRED,
    /** Its reset, reopening, or a withdrawal of one is there again. */
    OPENED,
    /** It has its later key again. */
    KEY_FORWARD,
    /** Its attempt is as high as it was, or its approval is there again. */
    RAISED,
    /** The row is as the journal says. */
    UNCHANGED,
    /** The row is of a later generation, or beyond what the journal says: left as it is. */
    LEFT
  }

  /** The row afterwards, and what became of it. */
  public record Outcome(State after, Effect effect) {}

  private Restoration() {}

  /** Applies a device's changes in their order. */
  public static Outcome restore(State before, List<Change.Device> changes) {
    State now = before;
    for (Change.Device change : changes) {
      now = apply(now, change);
    }
    return new Outcome(now, effect(before, now, changes));
  }

  private static State apply(State now, Change.Device change) {
    if (now.row().status() == RowStatus.NONE) {
      return new State(change.row(), change.returnsTo());
    }
    return change.cause().byOperator() ? acted(now, change) : forward(now, change);
  }

  /**
   * An action's row is taken whole if it is later than this one. If it is not, only what no counter
   * tells comes back: bars, their end, approvals.
   */
  private static State acted(State now, Change.Device change) {
    if (isLaterRow(now.row(), change.row()) && !isKeptOut(now.row(), change)) {
      return new State(change.row(), change.returnsTo());
    }
    State keyed = forward(now, change);
    return switch (change.cause()) {
      case BLOCKED -> blocked(keyed);
      case UNBLOCKED ->
          keyed.row().status() == RowStatus.BLOCKED
              ? with(keyed.row(), keyed.returnsTo().orElseThrow())
              : keyed;
      case REVOKED -> revoked(keyed.row(), change.row());
      case REMOVED -> removed(keyed.row(), change.row());
      case APPROVED -> approved(keyed, change.row());
      case COMMITTED, RAISED, REGISTERED, RESET, RESET_WITHDRAWN, REOPENED -> keyed;
    };
  }

  /** Whoever is revoked or removed comes back by a reopening alone. */
  private static boolean isKeptOut(DeviceRow row, Change.Device change) {
    boolean forGood = row.status() == RowStatus.REVOKED || row.status() == RowStatus.REMOVED;
    return forGood && !isBarred(change.row().status()) && change.cause() != Cause.REOPENED;
  }

  private static boolean isLaterRow(DeviceRow row, DeviceRow then) {
    if (then.epoch() == row.epoch() && then.token().equals(row.token())) {
      return then.attempt() > row.attempt();
    }
    boolean keyless = then.token().isEmpty() || row.token().isEmpty();
    return keyless
        ? then.epoch() > row.epoch()
            || (then.epoch() == row.epoch() && then.attempt() > row.attempt())
        : isLater(row, then);
  }

  /** Takes the change's key if it is the later one, and the larger attempt of one key. */
  private static State forward(State now, Change.Device change) {
    DeviceRow row = now.row();
    DeviceRow then = change.row();
    if (row.epoch() == then.epoch() && row.token().equals(then.token())) {
      return new State(
          row(row, row.status(), row.token(), Math.max(row.attempt(), then.attempt())),
          now.returnsTo());
    }
    if (then.token().isEmpty() || !isLater(row, then)) {
      return now;
    }
    RowStatus base = then.status() == RowStatus.EXPECTED ? RowStatus.EXPECTED : RowStatus.ACTIVE;
    boolean barred = isBarred(row.status());
    boolean removed = row.status() == RowStatus.REMOVED;
    return new State(
        new DeviceRow(
            barred ? row.status() : base,
            then.epoch(),
            removed ? Optional.empty() : then.token(),
            then.attempt(),
            removed ? 0 : then.connectionId(),
            then.recoveredIn(),
            false),
        row.status() == RowStatus.BLOCKED ? Optional.of(base) : Optional.empty());
  }

  private static boolean isBarred(RowStatus status) {
    return switch (status) {
      case BLOCKED, REVOKED, REMOVED -> true;
      case NONE, EXPECTED, ACTIVE -> false;
    };
  }

  /**
   * Whether the key of {@code then} came after the row's. One of an earlier generation did only if
   * somebody recovered the row by an older key; one that the row has fenced since is dead.
   */
  private static boolean isLater(DeviceRow row, DeviceRow then) {
    if (then.epoch() <= row.epoch()) {
      return false;
    }
    Optional<GrantToken> mine = row.token().flatMap(GrantToken::decode);
    Optional<GrantToken> other = then.token().flatMap(GrantToken::decode);
    if (mine.isEmpty() || other.isEmpty()) {
      return true;
    }
    int generation = mine.get().generation();
    if (other.get().generation() != generation) {
      return other.get().generation() > generation || mine.get().kind() == GrantToken.Kind.RECOVER;
    }
    return then.epoch() > row.epoch() + 1 || other.get().attempt() >= row.attempt();
  }

  private static State blocked(State now) {
    RowStatus status = now.row().status();
    return isBarred(status)
        ? now
        : new State(
            row(now.row(), RowStatus.BLOCKED, now.row().token(), now.row().attempt()),
            Optional.of(status));
  }

  /** One that was removed before has no key to keep. */
  private static State revoked(DeviceRow row, DeviceRow then) {
    boolean same = then.epoch() == row.epoch() && then.attempt() == row.attempt();
    return new State(
        row(row, RowStatus.REVOKED, same ? then.token() : row.token(), row.attempt()),
        Optional.empty());
  }

  private static State removed(DeviceRow row, DeviceRow then) {
    boolean beyond = then.epoch() > row.epoch();
    int attempt =
        beyond
            ? then.attempt()
            : then.epoch() == row.epoch() ? Math.max(row.attempt(), then.attempt()) : row.attempt();
    return new State(
        new DeviceRow(
            RowStatus.REMOVED,
            beyond ? then.epoch() : row.epoch(),
            Optional.empty(),
            attempt,
            0,
            row.recoveredIn(),
            false),
        Optional.empty());
  }

  /** Only an active device is approved, so a block of the same key ended before. */
  private static State approved(State now, DeviceRow then) {
    DeviceRow row = now.row();
    boolean same = row.epoch() == then.epoch() && row.token().equals(then.token());
    boolean open = row.status() == RowStatus.ACTIVE || row.status() == RowStatus.BLOCKED;
    return open && same
        ? new State(
            new DeviceRow(
                RowStatus.ACTIVE,
                row.epoch(),
                row.token(),
                row.attempt(),
                row.connectionId(),
                row.recoveredIn(),
                true),
            Optional.empty())
        : now;
  }

  private static State with(DeviceRow row, RowStatus status) {
    return new State(row(row, status, row.token(), row.attempt()), Optional.empty());
  }

  private static DeviceRow row(
      DeviceRow row, RowStatus status, Optional<Token> token, int attempt) {
    return new DeviceRow(
        status,
        row.epoch(),
        token,
        attempt,
        row.connectionId(),
        row.recoveredIn(),
        status == row.status() && row.reEnrollApproved());
  }

  private static Effect effect(State before, State after, List<Change.Device> changes) {
    RowStatus from = before.row().status();
    RowStatus to = after.row().status();
    if (from == RowStatus.NONE) {
      return Effect.CREATED;
    }
    if (from != to && isBarred(to)) {
      return Effect.BARRED;
    }
    if (from != to && isBarred(from)) {
      return Effect.UNBARRED;
    }
    if (from != to && to == RowStatus.EXPECTED) {
      return Effect.OPENED;
    }
    if (after.row().epoch() > before.row().epoch()) {
      return Effect.KEY_FORWARD;
    }
    if (!before.equals(after)) {
      return Effect.RAISED;
    }
    boolean left = changes.stream().anyMatch(change -> change.row().epoch() > after.row().epoch());
    return left ? Effect.LEFT : Effect.UNCHANGED;
  }
}
