package io.otakey.protocol.key;

/** Status of a device's row (protocol section 6.2). */
public enum RowStatus {
  /** There is no row; counts as epoch 0, attempt 0. */
  NONE,
  /** Pre-registered, or opened again by an operator's reset: may enroll. */
  EXPECTED,
  /** Holds a committed key. */
  ACTIVE,
  /** Barred for the time being; remembers what it returns to. */
  BLOCKED,
  /** Barred for good. */
  REVOKED,
  /** Gone for good, unless a new owner opens it; keeps identity, epoch and attempt. */
  REMOVED
}
