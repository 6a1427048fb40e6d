package io.otakey.loadgen.stats;

import java.util.List;
import java.util.Map;

/**
 * What became of a living fleet; terminal and JSON show the same.
 *
 * @param command the options that made it
 * @param devices how many there were to be
 * @param seconds from the first device to the end of the proof
 * @param places how many devices ended where, as "platform, epoch n"
 * @param counts of the whole run
 * @param proof one line for each thing that was tried
 * @param faults the first of what went wrong, in words
 */
public record LiveResult(
    String command,
    int devices,
    double seconds,
    Map<String, Long> places,
    Map<LiveCount, Long> counts,
    List<Check> proof,
    List<String> faults) {

  /** Whether everything held, and every device took part. */
  public boolean isPerfect() {
    return faults.isEmpty()
        && counts.getOrDefault(LiveCount.OUTAGES, 0L) == 0
        && proof.stream().allMatch(check -> check.held() == check.tried())
        && proof.stream().anyMatch(check -> check.tried() == devices);
  }

  /**
   * Logins of one kind.
   *
   * @param held answered as they should be
   * @param broken answered otherwise
   * @param unclear not answered in several tries, or refused in the middle of an update
   */
  public record Check(String what, long tried, long held, long broken, long unclear) {}
}
