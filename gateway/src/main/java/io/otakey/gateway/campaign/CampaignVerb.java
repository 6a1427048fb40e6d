package io.otakey.gateway.campaign;

import static io.otakey.gateway.campaign.CampaignState.FINISHED;
import static io.otakey.gateway.campaign.CampaignState.PAUSED;
import static io.otakey.gateway.campaign.CampaignState.PLANNING;
import static io.otakey.gateway.campaign.CampaignState.READY;
import static io.otakey.gateway.campaign.CampaignState.RUNNING;
import static io.otakey.gateway.campaign.CampaignState.WAITING_FOR_APPROVAL;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What an operator does to a campaign. */
public enum CampaignVerb {
  /** Somebody else than who ordered it agrees. */
  APPROVE,
  /** Somebody does not. */
  DENY,
  /** Begin. */
  START,
  /** Ask no further device. */
  PAUSE,
  /** Go on. */
  RESUME,
  /** Open the next wave whatever became of this one, and go on. */
  NEXT_WAVE,
  /** Ask the devices again that failed, were rejected or too late, and go on. */
  RETRY_FAILED,
  /** End it, and take back what has not happened yet. */
  ABORT;

  /** Its name in the audit log. */
  public String auditName() {
    return "campaign." + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Why it cannot be done, with the remedy; empty if it can.
   *
   * @param by whose token
   */
  public Optional<String> refusal(Campaign campaign, String by) {
    if (!from().contains(campaign.state())) {
      return Optional.of("the campaign is " + text(campaign.state()) + "; this needs " + needed());
    }
    if (this == APPROVE && campaign.createdBy().equals(by)) {
      return Optional.of("whoever ordered a campaign cannot approve it: ask somebody else");
    }
    if (this == NEXT_WAVE && campaign.openWave() >= campaign.waves().size()) {
      return Optional.of("the last wave is open already");
    }
    if (this == RETRY_FAILED && campaign.total().failures() == 0) {
      return Optional.of("no device failed");
    }
    return Optional.empty();
  }

  private Set<CampaignState> from() {
    return switch (this) {
      case APPROVE, DENY -> EnumSet.of(WAITING_FOR_APPROVAL);
      case START -> EnumSet.of(READY);
      case PAUSE -> EnumSet.of(RUNNING);
      case RESUME -> EnumSet.of(PAUSED);
      case NEXT_WAVE -> EnumSet.of(RUNNING, PAUSED);
      case RETRY_FAILED -> EnumSet.of(RUNNING, PAUSED, FINISHED);
      case ABORT -> EnumSet.of(PLANNING, WAITING_FOR_APPROVAL, READY, RUNNING, PAUSED);
    };
  }

  private String needed() {
    return String.join(" or ", from().stream().map(CampaignVerb::text).toList());
  }

  private static String text(CampaignState state) {
    return state.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
