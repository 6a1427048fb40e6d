package io.otakey.gateway.campaign;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an operator orders; it never changes afterwards.
 *
 * @param name for people, 1 to 80 characters
 * @param waves percent of all devices in the first waves; what is left is the last wave; empty: one
 *     wave
 * @param successPercent of a wave's devices that must have done it before the next wave opens
 * @param pauseAfterWave an operator opens each further wave
 * @param stopRules looked at in this order
 * @param timeout from asking a device to giving it up; longer than the time between its POLLs
 * @param retries times that a device is asked again after it failed or was too late, 0..10
 * @param joinUntil devices that come to match before then join the campaign
 * @param needsApproval somebody else has to approve it
 * @param startItself as soon as it is planned and approved
 */
public record CampaignOrder(
    String name,
    Goal goal,
    Target target,
    Pace pace,
    List<Integer> waves,
    int successPercent,
    boolean pauseAfterWave,
    List<StopRule> stopRules,
    Duration timeout,
    int retries,
    Optional<Instant> joinUntil,
    boolean needsApproval,
    boolean startItself) {
  private static final int MAX_NAME = 80;
  private static final int MAX_WAVES = 500;
  private static final int MAX_RULES = 20;
  private static final Duration LONGEST = Duration.ofDays(366);

  /** Copies the lists. */
  public CampaignOrder {
    waves = List.copyOf(waves);
    stopRules = List.copyOf(stopRules);
  }

  /** A sentence for everything outside its range; empty: it can be ordered. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (name.isBlank() || name.length() > MAX_NAME) {
      problems.add("name must have 1 to " + MAX_NAME + " characters");
    }
    target.validate(problems);
    pace.validate(problems);
    int sum = waves.stream().mapToInt(Integer::intValue).sum();
    if (waves.size() > MAX_WAVES || !waves.stream().allMatch(w -> w >= 1) || sum > 100) {
      problems.add("waves must be at most 500 percentages of at least 1, 100 together at most");
    }
    if (successPercent < 1 || successPercent > 100) {
      problems.add("successPercent must be 1 to 100");
    }
    if (stopRules.size() > MAX_RULES) {
      problems.add("stopRules are more than " + MAX_RULES);
    }
    stopRules.forEach(rule -> rule.validate(problems));
    if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(LONGEST) > 0) {
      problems.add("timeout must be a second to 366 days");
    }
    if (retries < 0 || retries > 10) {
      problems.add("retries must be 0 to 10");
    }
    return problems;
  }
}
