package io.otakey.gateway.campaign;

import java.util.Locale;
import java.util.Optional;

/** What a running campaign comes to next, from its counts alone. Pure. */
public final class Steering {
  /** A change of the campaign's state or open wave. */
  public sealed interface Turn {
    /** A stop rule applies. */
    record Stop(StopRule.Action action, String why) implements Turn {}

    /** The open wave did well: the next one is open. */
    record OpenWave(int wave, boolean pause, String why) implements Turn {}

    /** Every device came to an end. */
    record Finish() implements Turn {}
  }

  private Steering() {}

  /**
   * The turn to take now; empty: go on.
   *
   * @param joining devices may still join
   */
  public static Optional<Turn> next(Campaign campaign, boolean joining) {
    Tally total = campaign.total();
    Tally ended = total.since(campaign.base());
    for (StopRule rule : campaign.order().stopRules()) {
      if (rule.applies(ended)) {
        return Optional.of(new Turn.Stop(rule.action(), describe(rule, ended)));
      }
    }
    if (campaign.openWave() < campaign.waves().size()) {
      return afterWave(campaign);
    }
    boolean busy = total.of(MemberState.QUEUED) + total.of(MemberState.NOTIFIED) > 0;
    return busy || joining ? Optional.empty() : Optional.of(new Turn.Finish());
  }

  private static Optional<Turn> afterWave(Campaign campaign) {
    int wave = campaign.openWave();
    Tally tally = campaign.waves().get(wave - 1);
    long wanted = campaign.order().successPercent();
    if (tally.of(MemberState.QUEUED) > 0) {
      return Optional.empty();
    }
    if (tally.of(MemberState.CONFIRMED) * 100 >= wanted * tally.devices()) {
      boolean pause = campaign.order().pauseAfterWave();
      String why = pause ? "wave " + wave + " is done: resume opens wave " + (wave + 1) : "";
      return Optional.of(new Turn.OpenWave(wave + 1, pause, why));
    }
    if (tally.of(MemberState.NOTIFIED) > 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Turn.Stop(
            StopRule.Action.PAUSE,
            "wave %d ended with %d of %d confirmed, %d percent are wanted: retry-failed or next-wave"
                .formatted(wave, tally.of(MemberState.CONFIRMED), tally.devices(), wanted)));
  }

  private static String describe(StopRule rule, Tally ended) {
    return "%d of %d devices failed (%d failed, %d rejected, %d timed out): rule %s %d percent"
        .formatted(
            ended.failures(),
            ended.executed(),
            ended.of(MemberState.FAILED),
            ended.of(MemberState.REJECTED),
            ended.of(MemberState.TIMED_OUT),
            rule.failure().name().toLowerCase(Locale.ROOT).replace('_', '-'),
            rule.percent());
  }
}
