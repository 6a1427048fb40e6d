package io.otakey.loadgen.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void start_followsFromTheNumberAlone() {
    Schedule schedule = new Schedule(1_000_000, 8000);
    assertThat(schedule.dueAfter(0)).isZero();
    assertThat(schedule.dueAfter(8)).isEqualTo(1_000_000);
    assertThat(schedule.dueAfter(999_999)).isEqualTo(124_999_875_000L);
  }

  @Test
  void rateZero_isDueAtOnce() {
    assertThat(new Schedule(10, 0).dueAfter(9)).isZero();
    assertThat(new Schedule(10, 0).isPaced()).isFalse();
  }

  @Test
  void ids_areNumberedFromTheStart() {
    assertThat(new IdRange("dev-", 1).id(0)).isEqualTo("dev-0000001");
    assertThat(new IdRange("x", 12_345_678).id(2)).isEqualTo("x12345680");
  }

  @Test
  void chaos_happensAsOftenAsItSays() {
    Chaos chaos = new Chaos(0.3, 0.2, 0.1);
    SplittableRandom random = new SplittableRandom(1);
    int lost = 0;
    int doubled = 0;
    int late = 0;
    for (int i = 0; i < 100_000; i++) {
      int copies = chaos.copies(random);
      lost += copies == 0 ? 1 : 0;
      doubled += copies == 2 ? 1 : 0;
      int delay = chaos.delayMillis(random);
      assertThat(delay).isBetween(0, 500);
      late += delay > 0 ? 1 : 0;
    }
    assertThat(lost).isBetween(29_000, 31_000);
    assertThat(doubled).isBetween(13_000, 15_000);
    assertThat(late).isBetween(9_000, 11_000);
    assertThat(Chaos.NONE.isCalm()).isTrue();
    assertThatThrownBy(() -> new Chaos(1.1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
