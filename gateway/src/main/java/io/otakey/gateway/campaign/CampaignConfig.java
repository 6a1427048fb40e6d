package io.otakey.gateway.campaign;

import java.time.Duration;

/**
 * How this node runs campaigns, if it is the one.
 *
 * @param tick time between two looks at what there is to do, 50 ms to 10 s
 * @param slowAbove campaigns ask fewer devices while this node's CONFIRMs and ROTATEs take longer
 *     than this on average, 1 ms to 60 s
 */
public record CampaignConfig(Duration tick, Duration slowAbove) {
  /** Right for one node and a database on ordinary disks. */
  public static final CampaignConfig DEFAULT =
      new CampaignConfig(Duration.ofSeconds(1), Duration.ofMillis(250));
}
