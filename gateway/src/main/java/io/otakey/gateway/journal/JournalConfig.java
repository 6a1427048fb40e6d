package io.otakey.gateway.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a node keeps its journal.
 *
 * @param folder of this node alone
 * @param fileBytes a file that has reached this size is followed by another, at least 1 MiB
 * @param kept files that were last written to longer ago are deleted; longer than the oldest backup
 *     that may have to be restored
 */
public record JournalConfig(Sync sync, Path folder, long fileBytes, Duration kept) {
  /** When what is written is on disk. */
  public enum Sync {
    /** Before anything is acknowledged. */
    ACK,
    /** At most a second later. */
    SECOND,
    /** There is no journal. */
    OFF
  }

  /** A journal that is as durable as the database. */
  public static JournalConfig in(Path folder) {
    return new JournalConfig(Sync.ACK, folder, 64L << 20, Duration.ofDays(35));
  }
}
