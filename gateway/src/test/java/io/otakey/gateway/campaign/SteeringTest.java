package io.otakey.gateway.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.campaign.StopRule.Action;
import io.otakey.gateway.campaign.StopRule.Failure;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.LabelFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a campaign comes to next, how fast it goes, and what slows it down: without a database. */
class SteeringTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void aWave_opensTheNext_onceEnoughAreConfirmedAndNoneIsQueued() {
    Orders order = Orders.of("p").waves(10).success(80);
    assertThat(next(order, 1, tally(1, 0, 9, 0), queued(90))).isEmpty();
    assertThat(next(order, 1, tally(0, 3, 7, 0), queued(90))).as("70 percent").isEmpty();
    assertThat(next(order, 1, tally(0, 2, 8, 0), queued(90)))
        .contains(new Steering.Turn.OpenWave(2, false, ""));
    assertThat(
            next(
                Orders.of("p").waves(10).success(80).pauseAfterWave(),
                1,
                tally(0, 2, 8, 0),
                queued(90)))
        .contains(new Steering.Turn.OpenWave(2, true, "wave 1 is done: resume opens wave 2"));
  }

  @Test
  void aWaveThatCannotSucceedAnyMore_pauses_andSaysWhatToDo() {
    Orders order = Orders.of("p").waves(10).success(80);
    assertThat(next(order, 1, tally(0, 0, 7, 3), queued(90)))
        .hasValueSatisfying(
            turn -> {
              assertThat(((Steering.Turn.Stop) turn).action()).isEqualTo(Action.PAUSE);
              assertThat(((Steering.Turn.Stop) turn).why())
                  .contains("7 of 10 confirmed", "80 percent", "retry-failed or next-wave");
            });
    assertThat(next(order, 1, tally(0, 1, 6, 3), queued(90))).as("one is under way").isEmpty();
  }

  @Test
  void aWaveWithoutDevices_isNoObstacle() {
    assertThat(next(Orders.of("p").waves(1), 1, Tally.NONE, queued(9)))
        .contains(new Steering.Turn.OpenWave(2, false, ""));
  }

  @Test
  void theLastWave_finishes_whenEveryDeviceCameToAnEnd_andNobodyMayJoin() {
    Orders order = Orders.of("p");
    assertThat(next(order, 1, tally(0, 1, 9, 0))).isEmpty();
    assertThat(next(order, 1, tally(0, 0, 9, 1))).contains(new Steering.Turn.Finish());
    assertThat(Steering.next(campaign(order, 1, Tally.NONE, tally(0, 0, 9, 1)), true)).isEmpty();
  }

  @Test
  void aStopRule_countsItsFailureAlone_fromItsMinimumOn_sinceTheLastStart() {
    StopRule rule = new StopRule(Failure.FAILED, Action.ABORT, 50, 4);
    Orders order = Orders.of("p").rules(rule);
    assertThat(next(order, 1, tally(10, 0, 0, 3))).as("too few").isEmpty();
    assertThat(next(order, 1, tally(10, 0, 3, 2))).as("40 percent").isEmpty();
    assertThat(next(order, 1, tally(10, 0, 2, 2)))
        .hasValueSatisfying(
            turn -> assertThat(((Steering.Turn.Stop) turn).action()).isEqualTo(Action.ABORT));
    Campaign resumed = campaign(order, 1, tally(0, 0, 2, 2), tally(6, 0, 5, 3));
    assertThat(Steering.next(resumed, false)).as("1 of 4 since then").isEmpty();
    Tally late =
        Tally.NONE.plus(new Tally(Map.of(MemberState.TIMED_OUT, 9L, MemberState.QUEUED, 1L)));
    assertThat(next(order, 1, late)).as("another failure").isEmpty();
    assertThat(
            next(
                Orders.of("p").rules(new StopRule(Failure.TIMED_OUT, Action.PAUSE, 90, 4)),
                1,
                late))
        .isPresent();
  }

  @Test
  void pace_growsByItsFactor_upToItsMaximum() {
    Pace pace = new Pace(50, 2, 1000, Pace.Counting.CONFIRMED, 300);
    assertThat(List.of(pace.after(0), pace.after(999), pace.after(1000), pace.after(2500)))
        .containsExactly(50.0, 50.0, 100.0, 200.0);
    assertThat(pace.after(1_000_000)).isEqualTo(300);
    assertThat(pace.toAsk(3000).toMillis()).isEqualTo(20_000 + 10_000 + 5_000);
    assertThat(pace.toAsk(1500).toMillis()).isEqualTo(20_000 + 5_000);
    assertThat(Pace.constant(200).toAsk(1_000_000)).isEqualTo(Duration.ofSeconds(5000));
    assertThat(Pace.constant(0.5).toAsk(1)).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void allowance_countsByTheClock_andKeepsFiveSecondsAtMost() {
    Allowance allowance = new Allowance(0);
    assertThat(allowance.now(SECOND / 2, 1)).isZero();
    assertThat(allowance.now(SECOND, 1)).as("halves add up").isEqualTo(1);
    allowance.used(1);
    assertThat(allowance.now(SECOND, 1)).isZero();
    assertThat(allowance.now(3600 * SECOND, 10)).as("an hour's pause").isEqualTo(50);
    assertThat(allowance.now(3601 * SECOND, 10)).isEqualTo(50);
    Allowance slow = new Allowance(0);
    for (int i = 1; i <= 1000; i++) {
      assertThat(slow.now(i * SECOND, 0.001)).as("second " + i).isEqualTo(i < 1000 ? 0 : 1);
    }
  }

  @Test
  void brake_halvesThePaceWhileTheNodeIsSlow_andLetsGoSlowly() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    Brake brake =
        new Brake(meters, new CampaignConfig(Duration.ofSeconds(1), Duration.ofMillis(100)));
    assertThat(brake.look()).isEqualTo(1);
    served(meters, "confirm", 300);
    served(meters, "rotate", 50);
    assertThat(brake.look()).as("175 ms on average").isEqualTo(0.5);
    assertThat(brake.look()).as("nothing was served").isCloseTo(0.56, within(1e-9));
    served(meters, "poll", 5000);
    assertThat(brake.look()).as("POLLs do not count").isGreaterThan(0.56);
    for (int i = 0; i < 50; i++) {
      served(meters, "confirm", 300);
      brake.look();
    }
    served(meters, "confirm", 300);
    assertThat(brake.look()).as("never to nothing").isEqualTo(0.02);
    for (int i = 0; i < 100; i++) {
      served(meters, "confirm", 1);
      brake.look();
    }
    assertThat(brake.look()).isEqualTo(1);
  }

  @Test
  void order_namesEverythingThatIsOutsideItsRange() {
    Orders wrong =
        Orders.of("p")
            .waves(60, 50)
            .success(0)
            .retries(11)
            .timeout(Duration.ZERO)
            .rules(new StopRule(Failure.ANY, Action.PAUSE, 101, 0))
            .pace(new Pace(10, 20, 0, Pace.Counting.CONFIRMED, 5))
            .target(
                new Target(
                    java.util.Set.of("p", "q"),
                    "",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(Duration.ofSeconds(-1)),
                    List.of("x", "not/an/id"),
                    0,
                    new LabelFilter(List.of(), java.util.Set.of("no group"))));
    assertThat(String.join("\n", wrong.make().problems()))
        .contains("waves", "successPercent", "retries", "timeout", "percent must be 1", "minimum")
        .contains("pace.factor", "pace.every", "pace.maxPerSecond", "target.percent")
        .contains("exactly one product", "no device id", "keyOlderThan", "name of a group");
    assertThat(Orders.of("p").make().problems()).isEmpty();
  }

  private static void served(SimpleMeterRegistry meters, String type, long millis) {
    Metric.FRAMES.timer(meters, type, "mqtt", "ack").record(Duration.ofMillis(millis));
  }

  private static Optional<Steering.Turn> next(Orders order, int openWave, Tally... waves) {
    return Steering.next(campaign(order, openWave, Tally.NONE, waves), false);
  }

  private static Campaign campaign(Orders order, int openWave, Tally base, Tally... waves) {
    return new Campaign(
        1,
        order.make(),
        CampaignState.RUNNING,
        "",
        openWave,
        List.of(waves),
        base,
        0,
        "alice",
        Optional.empty(),
        Instant.EPOCH,
        Optional.of(Instant.EPOCH),
        Optional.empty());
  }

  private static Tally queued(long devices) {
    return tally(devices, 0, 0, 0);
  }

  private static Tally tally(long queued, long notified, long confirmed, long failed) {
    return new Tally(
        Map.of(
            MemberState.QUEUED, queued,
            MemberState.NOTIFIED, notified,
            MemberState.CONFIRMED, confirmed,
            MemberState.FAILED, failed));
  }
}
