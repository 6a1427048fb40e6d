package io.otakey.gateway.campaign;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongBinaryOperator;

/**
 * Devices by state.
 *
 * @param counts of the states that have any
 */
public record Tally(Map<MemberState, Long> counts) {
  /** None at all. */
  public static final Tally NONE = new Tally(Map.of());

  /** Copies the map. */
  public Tally {
    counts = Map.copyOf(counts);
  }

  /** Devices in this state. */
  public long of(MemberState state) {
    return counts.getOrDefault(state, 0L);
  }

  /** All devices. */
  public long devices() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Those that ended otherwise than they should. */
  public long failures() {
    return of(MemberState.FAILED) + of(MemberState.REJECTED) + of(MemberState.TIMED_OUT);
  }

  /** Those that came to an end. */
  public long executed() {
    return of(MemberState.CONFIRMED) + failures();
  }

  /** Those that were asked. */
  public long asked() {
    return of(MemberState.NOTIFIED) + executed();
  }

  /** Both together. */
  public Tally plus(Tally other) {
    return combine(other, Long::sum);
  }

  /** What came since then; a state that lost devices meanwhile counts none. */
  public Tally since(Tally then) {
    return combine(then, (now, before) -> Math.max(0, now - before));
  }

  private Tally combine(Tally other, LongBinaryOperator operator) {
    Map<MemberState, Long> combined = new EnumMap<>(MemberState.class);
    for (MemberState state : MemberState.values()) {
      combined.put(state, operator.applyAsLong(of(state), other.of(state)));
    }
    return new Tally(combined);
  }
}
