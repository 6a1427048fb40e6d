package io.otakey.loadgen.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a process has taken of the machine.
 *
 * @param cpuSeconds user and system
 * @param memoryBytes resident now
 */
public record Usage(double cpuSeconds, long memoryBytes) {
  /** Nothing. */
  public static final Usage NONE = new Usage(0, 0);

  private static final double TICKS = 100; // of a second, as Linux shows them
  private static final long PAGE = 4096;

  /** The sum. */
  public Usage plus(Usage other) {
    return new Usage(cpuSeconds + other.cpuSeconds, memoryBytes + other.memoryBytes);
  }

  /** Of one process; nothing if it is gone. */
  static Usage of(long pid) {
    return fields(pid).map(f -> new Usage(ticks(f, 11, 12), memory(f))).orElse(NONE);
  }

  /**
   * Of a process and its children, those that ended included. Memory is not summed: PostgreSQL's
   * processes share most of theirs.
   */
  static Usage ofFamily(ProcessHandle parent) {
    double own = fields(parent.pid()).map(f -> ticks(f, 11, 14)).orElse(0.0);
    double children =
        parent
            .children()
            .mapToDouble(child -> fields(child.pid()).map(f -> ticks(f, 11, 12)).orElse(0.0))
            .sum();
    return new Usage(own + children, 0);
  }

  /** The fields of /proc/PID/stat from the third on. */
  private static Optional<String[]> fields(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static double ticks(String[] fields, int from, int to) {
    double sum = 0;
    for (int i = from; i <= to; i++) {
      sum += Long.parseLong(fields[i]);
    }
    return sum / TICKS;
  }

  private static long memory(String[] fields) {
    return Long.parseLong(fields[21]) * PAGE;
  }
}
