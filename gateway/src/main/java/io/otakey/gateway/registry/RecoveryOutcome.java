package io.otakey.gateway.registry;

/** What came of a step of recovery. */
public sealed interface RecoveryOutcome {
  /** It was done, or waits for approval, or was denied. */
  record Ordered(RecoveryOrder now) implements RecoveryOutcome {}

  /** There is no such order or product. */
  record NotFound(String what) implements RecoveryOutcome {}

  /**
   * Nothing was done.
   *
   * @param why names the remedy
   */
  record NotAllowed(String why) implements RecoveryOutcome {}
}
