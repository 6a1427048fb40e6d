package io.otakey.gateway.campaign;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A campaign as it stands.
 *
 * @param why it waits or has ended; empty where nothing needs saying
 * @param openWave the last wave whose devices may be asked, from 1
 * @param waves devices by state, one for each wave; empty until it is planned
 * @param base all devices by state when it was last started or resumed
 * @param busy devices left out because another campaign has them
 */
public record Campaign(
    long id,
    CampaignOrder order,
    CampaignState state,
    String why,
    int openWave,
    List<Tally> waves,
    Tally base,
    long busy,
    String createdBy,
    Optional<String> approvedBy,
    Instant createdAt,
    Optional<Instant> startedAt,
    Optional<Instant> endedAt) {
  /** Copies the list. */
  public Campaign {
    waves = List.copyOf(waves);
  }

  /** All devices by state. */
  public Tally total() {
    return waves.stream().reduce(Tally.NONE, Tally::plus);
  }
}
