package io.otakey.gateway.recovery;

import java.nio.file.Path;

/**
 * When a node takes its database for another one.
 *
 * @param memory file of this node alone
 * @param tolerance commits that a database may be behind, 0 to 1000000: a fail-over may lose some
 * @param twoPersons every step needs the approval of a second admin
 */
public record RecoveryConfig(Path memory, long tolerance, boolean twoPersons) {
  /** Commits that heal by themselves; few enough for a small fleet's backup to be noticed. */
  public static final int TOLERANCE = 100;
}
