package io.otakey.gateway.campaign;

import java.util.List;

/**
 * When a campaign stops by itself: so many percent of the devices that came to an end, since it was
 * started or resumed, ended so.
 *
 * @param percent 1..100
 * @param minimum devices that must have come to an end before the rule counts, at least 1
 */
public record StopRule(Failure failure, Action action, int percent, long minimum) {
  /** What is counted. */
  public enum Failure {
    /** Every failure. */
    ANY,
    /** The device gave the new key up. */
    FAILED,
    /** The device is not active. */
    REJECTED,
    /** The device did not do it in time. */
    TIMED_OUT
  }

  /** What happens. */
  public enum Action {
    /** No further device is asked until an operator says so. */
    PAUSE,
    /** The campaign ends; what has not happened yet is taken back. */
    ABORT
  }

  /** Whether it applies. */
  boolean applies(Tally ended) {
    long failures =
        switch (failure) {
          case ANY -> ended.failures();
          case FAILED -> ended.of(MemberState.FAILED);
          case REJECTED -> ended.of(MemberState.REJECTED);
          case TIMED_OUT -> ended.of(MemberState.TIMED_OUT);
        };
    long executed = ended.executed();
    return executed >= minimum && failures * 100 >= percent * executed;
  }

  void validate(List<String> problems) {
    if (percent < 1 || percent > 100) {
      problems.add("stopRules: percent must be 1 to 100");
    }
    if (minimum < 1) {
      problems.add("stopRules: minimum must be at least 1");
    }
  }
}
