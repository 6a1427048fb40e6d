package io.otakey.gateway.campaign;

import java.util.List;

/**
 * What a campaign would do, before anything moves.
 *
 * @param waves devices of each wave
 * @param busy devices that match and are left out because another campaign has them
 */
public record Forecast(List<Long> waves, long busy) {
  /** Copies the list. */
  public Forecast {
    waves = List.copyOf(waves);
  }

  /** All devices. */
  public long devices() {
    return waves.stream().mapToLong(Long::longValue).sum();
  }
}
