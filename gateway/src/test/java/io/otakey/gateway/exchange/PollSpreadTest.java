package io.otakey.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** Devices that poll at one moment, as after an outage, do not go on doing so. */
class PollSpreadTest {
  private static final int DEVICES = 100_000;
  private static final int DAY = 86_400;
  private static final int HOUR = 3600;

  private final Waiting waiting =
      new Waiting(ExchangeConfig.DEFAULT, System::nanoTime, ThreadLocalRandom::current);

  @Test
  void aDay_isSpreadByAQuarterEitherWay() {
    for (int i = 0; i < DEVICES; i++) {
      assertThat(waiting.pollAfter(false)).isBetween(DAY * 3L / 4, DAY * 5L / 4);
      assertThat(waiting.pollAfter(true)).isBetween(HOUR * 3L / 4, HOUR * 5L / 4);
    }
  }

  @Test
  void aHerd_isScatteredByItsNextPoll() {
    assertThat(busiestMinute(false, 1)).as("720 minutes share them").isLessThan(DEVICES / 720 * 2);
    assertThat(busiestMinute(true, 1)).as("30 minutes").isLessThan(DEVICES / 30 * 11 / 10);
    // The fifth of a campaign's hours is a hill over two of them.
    assertThat(busiestMinute(true, 5)).isLessThan(DEVICES / 60 * 2);
  }

  /** Polls in the busiest minute of the nth round, if all polled together before the first. */
  private int busiestMinute(boolean inCampaign, int rounds) {
    int[] minutes = new int[2 * DAY / 60];
    for (int i = 0; i < DEVICES; i++) {
      long at = 0;
      for (int round = 0; round < rounds; round++) {
        at += waiting.pollAfter(inCampaign);
      }
      minutes[(int) (at / 60)]++;
    }
    return Arrays.stream(minutes).max().orElseThrow();
  }
}
