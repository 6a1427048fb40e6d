package io.otakey.gateway.census;

import java.time.Duration;

/**
 * How often the fleet is counted.
 *
 * @param every from one count to the next, 1 s to 1 h; longer if counting takes more than a
 *     fiftieth of it
 */
public record CensusConfig(Duration every) {
  /** As often as most look at dashboards. */
  public static final CensusConfig DEFAULT = new CensusConfig(Duration.ofMinutes(1));
}
