package io.otakey.protocol.key;

/** What the decision table says about one frame; what it writes, and what it answers. */
public enum Verdict {
  /** The key is the row's: serve (to a CONFIRM: ACK 1). Writes nothing. */
  CURRENT(Effect.NONE),
  /** Commit the key: active at (e, t); then serve (to a CONFIRM: ACK 0). */
  COMMIT(Effect.COMMIT),
  /** Commit the key and mark the row recovered in the present generation; then serve. */
  COMMIT_RECOVERED(Effect.COMMIT),
  /** Commit the key, the row stays expected; answer 7, the device is to enroll. */
  COMMIT_EXPECTED(Effect.COMMIT),
  /** Raise the row's attempt above the key's, so that no node commits it any more; answer 7. */
  FENCE(Effect.RAISE),
  /** Answer 4. */
  REFUSED(Effect.NONE),
  /** Answer 6: the row is behind this key. */
  UNKNOWN(Effect.NONE),
  /** Answer 7: superseded for good. */
  SUPERSEDED(Effect.NONE);

  private enum Effect {
    NONE,
    COMMIT,
    RAISE
  }

  private final Effect effect;

  Verdict(Effect effect) {
    this.effect = effect;
  }

  /** Whether the answer may leave only after a durable write. */
  public boolean writes() {
    return effect != Effect.NONE;
  }

  /** Whether the write puts (e, t) into the row. */
  public boolean commits() {
    return effect == Effect.COMMIT;
  }
}
