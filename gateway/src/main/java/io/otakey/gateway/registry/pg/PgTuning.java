package io.otakey.gateway.registry.pg;

import io.otakey.gateway.batch.BatcherConfig;
import java.time.Duration;
import java.util.List;

/**
 * Sizes of pools and batches. The database must allow, per node, the sum of all lanes (those of
 * {@code reads} twice) plus {@code adminConnections} plus one connection.
 *
 * @param writes batches that decide and write
 * @param counted the same for products with a quota, which run one at a time anyway
 * @param reads batches that only read: of ENROLLs, and of POLLs and ROTATEs
 * @param adminConnections for administration and background work, 2..100
 */
public record PgTuning(
    BatcherConfig writes, BatcherConfig counted, BatcherConfig reads, int adminConnections) {
  private static final BatcherConfig COUNTED =
      new BatcherConfig(1, 500, Duration.ofMillis(4), 20_000, Duration.ofSeconds(3), 16);

  /** Right for one node with one database on ordinary disks. */
  public static final PgTuning DEFAULT =
      new PgTuning(BatcherConfig.DEFAULT, COUNTED, BatcherConfig.DEFAULT, 4);

  /** Connections of the hot path; ENROLLs and decisions are read by a batcher each. */
  int hotConnections() {
    return writes.lanes() + counted.lanes() + 2 * reads.lanes();
  }

  /** All connections of one node: those of the pools and the one that listens. */
  public int connections() {
    return hotConnections() + adminConnections + 1;
  }

  /** Adds a sentence for every value outside its range. */
  public void validate(List<String> problems) {
    writes.validate("database.writes", problems);
    counted.validate("database.counted", problems);
    reads.validate("database.reads", problems);
    if (adminConnections < 2 || adminConnections > 100) {
      problems.add("database.adminConnections must be 2 to 100");
    }
  }
}
