package io.otakey.protocol.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rule 8: how long a device waits before what. */
class WaitingTest {
  private static final long SECOND = 1000;
  private static final long HOUR = 3600 * SECOND;
  private static final long DAY = 24 * HOUR;
  private static final long ANSWER = 5 * SECOND;

  @Test
  void firstFrame_ofABlankDevice_isSentAtOnce() {
    Bench bench = new Bench(1);
    bench.runUntil(0);
    assertThat(bench.sent.get(0).at()).isZero();
  }

  @Test
  void firstFrame_afterPowerOn_waitsUpToAMinute() {
    long latest = 0;
    for (int seed = 0; seed < 200; seed++) {
      Bench bench = new Bench(seed);
      bench.runToPeace();
      bench.sent.clear();
      long start = bench.now;
      bench.powerCycle();
      bench.runUntil(start + HOUR / 2);
      long waited = bench.sent.get(0).at() - start;
      assertThat(waited).isBetween(0L, 60 * SECOND);
      latest = Math.max(latest, waited);
    }
    assertThat(latest).isGreaterThan(50 * SECOND);
  }

  @Test
  void repetition_waitsWithFullJitterOverASecondDoublingToAnHour() {
    Bench bench = new Bench(3);
    bench.network = (request, gateway) -> Optional.empty();
    bench.runUntil(20 * DAY);
    List<Long> gaps = bench.gaps(RequestType.ENROLL);
    for (int i = 0; i < gaps.size(); i++) {
      long ceiling = Math.min(SECOND << Math.min(i, 20), HOUR);
      assertThat(gaps.get(i)).isBetween(ANSWER, ANSWER + ceiling);
    }
    assertThat(gaps).anyMatch(gap -> gap > HOUR / 2).anyMatch(gap -> gap > 12 && gap < HOUR / 4);
  }

  @Test
  void repetition_isTheSameFrameByteForByte() {
    Bench bench = new Bench(4);
    bench.network = (request, gateway) -> Optional.empty();
    bench.runUntil(HOUR);
    assertThat(bench.sent).hasSizeGreaterThan(5);
    assertThat(bench.sent).allMatch(s -> s.frame() == bench.sent.get(0).frame() || same(s, bench));
  }

  private static boolean same(Bench.Sent sent, Bench bench) {
    return java.util.Arrays.equals(sent.frame(), bench.sent.get(0).frame());
  }

  @Test
  void enrollAnsweredByRefused_backsOffToADay() {
    Bench bench = new Bench(5);
    bench.gateway.barred.put(Bench.REF, true);
    bench.runUntil(60 * DAY);
    List<Long> gaps = bench.gaps(RequestType.ENROLL);
    assertThat(gaps).allMatch(gap -> gap <= DAY).anyMatch(gap -> gap > DAY / 2);
  }

  @Test
  void retryAfter_withoutMac_countsUpTo300Seconds() {
    Bench bench = new Bench(6);
    bench.network =
        (request, gateway) -> Optional.of(Answer.Refused.covered(Refusal.BUSY, 4_000_000_000L));
    bench.runUntil(290 * SECOND);
    assertThat(bench.sent).hasSize(1);
    bench.runUntil(301 * SECOND);
    assertThat(bench.sent).hasSize(2);
  }

  @Test
  void retryAfter_ofAConfirm_countsUpToADay() {
    Bench bench = new Bench(7);
    bench.network =
        (request, gateway) ->
            request.type() == RequestType.CONFIRM
                ? Optional.of(bench.proven(request, Refusal.REFUSED, 20 * 86_400))
                : Optional.of(gateway.get());
    bench.runUntil(DAY - SECOND);
    assertThat(bench.count(RequestType.CONFIRM)).isEqualTo(1);
    bench.runUntil(DAY + 2 * SECOND);
    assertThat(bench.count(RequestType.CONFIRM)).isEqualTo(2);
  }

  @Test
  void retryAfter_ofAPoll_countsUpTo30Days() {
    Bench bench = new Bench(8);
    bench.runToPeace();
    bench.network =
        (request, gateway) -> Optional.of(bench.proven(request, Refusal.REFUSED, 4_000_000_000L));
    bench.device.orderPoll(bench.now);
    long start = bench.now;
    bench.runUntil(start + 30 * DAY - SECOND);
    assertThat(bench.count(RequestType.POLL)).isEqualTo(1);
    bench.runUntil(start + 30 * DAY + 2 * SECOND);
    assertThat(bench.count(RequestType.POLL)).isEqualTo(2);
  }

  @Test
  void wordFromOutside_bringsAPollWithin5Seconds_andOnceAMinuteAtMost() {
    Bench bench = new Bench(31);
    bench.runToPeace();
    long before = bench.count(RequestType.POLL);
    long start = bench.now;
    for (int i = 0; i < 600; i++) { // every second, for ten minutes
      bench.device.pollSoon(bench.now);
      bench.runUntil(bench.now + SECOND);
      if (i == 5) {
        assertThat(bench.count(RequestType.POLL)).isEqualTo(before + 1);
      }
    }
    assertThat(bench.count(RequestType.POLL) - before).isBetween(9L, 11L);
    List<Long> polls =
        bench.sent.stream()
            .filter(sent -> sent.type() == RequestType.POLL && sent.at() >= start)
            .map(Bench.Sent::at)
            .toList();
    for (int i = 1; i < polls.size(); i++) {
      assertThat(polls.get(i) - polls.get(i - 1)).isGreaterThanOrEqualTo(60 * SECOND);
    }
  }

  @Test
  void wordFromOutside_shortensNoPauseThatTheGatewayAskedFor() {
    Bench bench = new Bench(32);
    bench.runToPeace();
    bench.network =
        (request, gateway) -> Optional.of(bench.proven(request, Refusal.REFUSED, 86_400));
    bench.device.orderPoll(bench.now);
    bench.runUntil(bench.now + SECOND);
    long before = bench.count(RequestType.POLL);
    for (int i = 0; i < 23; i++) {
      bench.device.pollSoon(bench.now);
      bench.runUntil(bench.now + HOUR);
    }
    assertThat(bench.count(RequestType.POLL)).isEqualTo(before);
  }

  @Test
  void repeatedUnprovenErrors_delayOneRequestOnce() {
    Bench bench = new Bench(9);
    byte[] busy = Answer.Refused.covered(Refusal.BUSY, 300);
    bench.network = (request, gateway) -> Optional.of(busy);
    bench.runUntil(0);
    for (int i = 0; i < 100; i++) {
      bench.now += SECOND;
      bench.device.onFrame(bench.now, busy);
    }
    bench.runUntil(301 * SECOND);
    assertThat(bench.sent).hasSize(2);
  }

  @Test
  void grants_afterEightThatCameToNothing_areAnHourApart() {
    Bench bench = new Bench(10);
    bench.network =
        (request, gateway) ->
            request.type() == RequestType.CONFIRM
                ? Optional.of(bench.proven(request, Refusal.SUPERSEDED, 0))
                : Optional.of(gateway.get());
    bench.runUntil(6 * HOUR);
    List<DeviceEvent.Stored> stored = bench.events(DeviceEvent.Stored.class);
    assertThat(stored).hasSizeBetween(8 + 4, 8 + 6);
    List<Long> gaps = bench.gaps(RequestType.ENROLL);
    assertThat(gaps.subList(7, gaps.size())).allMatch(gap -> gap >= HOUR);
  }

  @Test
  void notice_rotatesAtMostOnceInTenMinutes() {
    Bench bench = new Bench(11);
    bench.runToPeace();
    bench.gateway.notice(Action.ROTATE);
    for (int i = 0; i < 60; i++) {
      bench.device.orderPoll(bench.now);
      bench.runUntil(bench.now + 30 * SECOND);
    }
    assertThat(bench.events(DeviceEvent.Rotated.class)).hasSizeBetween(3, 4);
    assertThat(bench.gaps(RequestType.ROTATE)).allMatch(gap -> gap >= 600 * SECOND);
  }

  @Test
  void rotateByItself_isAllowedOnceADay() {
    Bench bench = new Bench(12);
    assertThat(bench.device.rotateByItself(0)).as("while it enrolls").isFalse();
    bench.runToPeace();
    assertThat(bench.device.rotateByItself(bench.now)).isTrue();
    bench.runToPeace();
    assertThat(bench.device.rotateByItself(bench.now + DAY - SECOND)).isFalse();
    assertThat(bench.device.rotateByItself(bench.now + DAY)).isTrue();
  }

  @Test
  void pollAfter_setsTheNextPoll_andZeroMeansADay() {
    Bench bench = new Bench(13);
    bench.network =
        (request, gateway) -> {
          if (request.type() != RequestType.POLL) {
            return Optional.of(gateway.get());
          }
          byte[] covered = Answer.Notice.covered(1, Action.NONE, 0);
          try (FrameKey key = bench.gateway.keyOf(bench.device.currentKey().orElseThrow())) {
            byte[] frame = request.frame();
            return Optional.of(
                key.answer(
                    covered, java.util.Arrays.copyOfRange(frame, frame.length - 16, frame.length)));
          }
        };
    bench.runUntil(4 * DAY);
    assertThat(bench.gaps(RequestType.POLL)).isNotEmpty().allMatch(gap -> gap == DAY);
    assertThat(bench.sent.get(2).at()).as("pollAfter of the ACK").isEqualTo(HOUR);
  }

  @Test
  void lostConnection_isSilence_withoutTheWaitForAnAnswer() {
    Bench bench = new Bench(16);
    assertThat(bench.device.step(0)).isInstanceOf(Step.Send.class);
    Step next = bench.device.onLost(0);
    while (next instanceof Step.WaitUntil wait) {
      assertThat(wait.time()).isLessThanOrEqualTo(SECOND);
      next = bench.device.step(wait.time());
    }
    assertThat(next).isInstanceOf(Step.Send.class);
  }

  @Test
  void silence_turnsToTheNextAddress() {
    Bench bench = new Bench(14, List.of("a.example", "b.example"), new Timing(1, 5_000));
    bench.network =
        (request, gateway) ->
            request.address().equals("b.example") ? Optional.of(gateway.get()) : Optional.empty();
    bench.runToPeace();
    assertThat(bench.sent.get(0).address()).isEqualTo("a.example");
    assertThat(bench.sent.get(1).address()).isEqualTo("b.example");
    assertThat(bench.now).isLessThan(60 * SECOND);
  }

  @Test
  void scale_dividesEveryWaitButTheTimeForAnAnswer() {
    Bench bench = new Bench(15, List.of("a.example"), new Timing(0.001, 5_000));
    bench.network = (request, gateway) -> Optional.empty();
    bench.runUntil(HOUR);
    assertThat(bench.gaps(RequestType.ENROLL)).allMatch(gap -> gap <= ANSWER + HOUR / 1000);
  }

  @Test
  void pollWithin_capsWhatTheGatewaySays() {
    Bench bench = new Bench(17, List.of("a.example"), new Timing(1, 5_000, 7 * SECOND));
    bench.runUntil(60 * SECOND);
    assertThat(bench.gaps(RequestType.POLL)).hasSizeGreaterThan(5).containsOnly(7 * SECOND);
  }
}
