package io.otakey.gateway.campaign;

/** What came of an operator's verb. */
public sealed interface CampaignChange {
  /** Done. */
  record Changed(Campaign now) implements CampaignChange {}

  /** There is no such campaign. */
  record NotFound(long id) implements CampaignChange {}

  /**
   * The campaign does not allow it.
   *
   * @param why names the remedy
   */
  record NotAllowed(String why) implements CampaignChange {}
}
