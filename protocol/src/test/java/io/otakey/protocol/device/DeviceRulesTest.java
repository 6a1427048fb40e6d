package io.otakey.protocol.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.AbandonRequest.Reason;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rules 1 to 7 one by one, over a network that does as the test says. */
class DeviceRulesTest {
  private static final long SECOND = 1000;
  private static final long DAY = 86_400 * SECOND;

  @Test
  void enroll_endsOnOneConfirmedKey() {
    Bench bench = new Bench(1);
    bench.runToPeace();
    assertThat(bench.sent)
        .extracting(Bench.Sent::type)
        .containsExactly(RequestType.ENROLL, RequestType.CONFIRM);
    assertThat(bench.events(DeviceEvent.Enrolled.class)).hasSize(1);
  }

  @Test
  void rotate_replacesTheKeyAndZeroisesTheOldOne() {
    Bench bench = enrolled(2);
    KeyRef before = bench.device.currentKey().orElseThrow();
    bench.device.orderRotation(bench.now);
    bench.runToPeace();
    KeyRef after = bench.device.currentKey().orElseThrow();
    assertThat(after.epoch()).isEqualTo(before.epoch() + 1);
    try (FrameKey old = bench.gateway.keyOf(before)) {
      for (int slot = 0; slot < Flash.SLOTS; slot++) {
        assertThat(image(bench.flash, slot)).doesNotContain(ints(old.secret().expose()));
      }
    }
  }

  @Test
  void pushedNotice_rotates_unlessItIsForAnotherEpoch() {
    Bench bench = enrolled(3);
    KeyRef key = bench.device.currentKey().orElseThrow();
    try (FrameKey frameKey = bench.gateway.keyOf(key)) {
      bench.device.onFrame(
          bench.now, frameKey.push(Answer.Notice.covered(key.epoch() + 1, Action.ROTATE, 0)));
      bench.runUntil(bench.now + SECOND);
      assertThat(bench.count(RequestType.ROTATE)).isZero();
      Step step =
          bench.device.onFrame(
              bench.now, frameKey.push(Answer.Notice.covered(key.epoch(), Action.ROTATE, 0)));
      assertThat(step).isInstanceOf(Step.Send.class);
      assertThat(((Step.Send) step).type()).isEqualTo(RequestType.ROTATE);
    }
  }

  @Test
  void move_isVerifiedBeforeItIsConfirmed() {
    Bench bench = enrolled(4);
    bench.gateway.move(SimGateway.Moves.ALWAYS);
    bench.device.orderRotation(bench.now);
    bench.runToPeace();
    assertThat(bench.logins).isEqualTo(1);
    assertThat(bench.events(DeviceEvent.Moved.class)).hasSize(1);
    byte[] confirm = bench.sent.get(bench.sent.size() - 1).frame();
    assertThat(confirm[confirm.length - 17]).as("outcome").isEqualTo((byte) 1);
  }

  @Test
  void refusedLogin_isTriedFiveTimesWithin15Minutes_thenGivenUp() {
    Bench bench = enrolled(5);
    KeyRef before = bench.device.currentKey().orElseThrow();
    bench.gateway.move(SimGateway.Moves.ALWAYS);
    bench.login = LoginResult.REFUSED;
    long start = bench.now;
    bench.device.orderRotation(bench.now);
    bench.runUntil(start + 900 * SECOND);
    assertThat(bench.logins).isEqualTo(5);
    assertThat(bench.events(DeviceEvent.GaveUp.class))
        .extracting(DeviceEvent.GaveUp::reason)
        .containsExactly(Reason.PLATFORM_REFUSED);
    assertThat(bench.device.currentKey()).contains(before);
    assertThat(bench.isAtPeace()).isTrue();
    assertThat(bench.gateway.row(Bench.REF).attempt()).isEqualTo(1);
  }

  @Test
  void unservedConnection_isGivenUpWithoutBeingStored() {
    Bench bench = enrolled(6);
    bench.gateway.move(SimGateway.Moves.UNSERVED);
    int operations = bench.flash.operations();
    bench.device.orderRotation(bench.now);
    bench.runToPeace();
    bench.runUntil(bench.now + SECOND);
    assertThat(bench.flash.operations()).isEqualTo(operations);
    assertThat(bench.events(DeviceEvent.GaveUp.class))
        .extracting(DeviceEvent.GaveUp::reason)
        .containsExactly(Reason.CONNECTION_NOT_SUPPORTED);
    assertThat(bench.count(RequestType.ABANDON)).isEqualTo(1);
  }

  /**
   * A GRANT of no use is an answer all the same: nobody waits, and no other gateway has its turn.
   */
  @Test
  void unusableGrant_isGivenUpAtOnceAndWhereItCameFrom() {
    Bench bench = new Bench(6, List.of("a.example", "b.example"), new Timing(1, 5 * SECOND));
    bench.runToPeace();
    bench.gateway.move(SimGateway.Moves.UNSERVED);
    bench.device.orderRotation(bench.now);
    bench.runUntil(bench.now + 60 * SECOND);
    Bench.Sent rotate = last(bench, RequestType.ROTATE);
    Bench.Sent abandon = last(bench, RequestType.ABANDON);
    assertThat(abandon.at()).isEqualTo(rotate.at());
    assertThat(abandon.address()).isEqualTo(rotate.address());
  }

  private static Bench.Sent last(Bench bench, RequestType type) {
    return bench.sent.stream().filter(s -> s.type() == type).reduce((a, b) -> b).orElseThrow();
  }

  @Test
  void errorWithoutValidMac_wipesNothing() {
    Bench bench = new Bench(7);
    bench.network =
        (request, gateway) ->
            request.type() == RequestType.ENROLL
                ? Optional.of(gateway.get())
                : Optional.of(Answer.Refused.covered(Refusal.SUPERSEDED, 0));
    bench.runUntil(DAY / 2);
    assertThat(bench.events(DeviceEvent.Wiped.class)).isEmpty();
    bench.network =
        (request, gateway) -> Optional.of(forged(bench.proven(request, Refusal.SUPERSEDED, 0)));
    bench.runUntil(DAY * 3 / 4);
    assertThat(bench.events(DeviceEvent.Wiped.class)).isEmpty();
    bench.network = (request, gateway) -> Optional.of(gateway.get());
    bench.runToPeace();
    assertThat(bench.count(RequestType.ENROLL)).isEqualTo(1);
  }

  /** A 7 to ABANDON sends the device to CONFIRM; the same 7 again is no answer to that. */
  @Test
  void repeatedAnswer_isNotTakenForTheNextRequests() {
    Bench bench = enrolled(8);
    bench.gateway.move(SimGateway.Moves.ALWAYS);
    bench.login = LoginResult.UNREACHABLE;
    bench.network =
        (request, gateway) ->
            request.type() == RequestType.ABANDON ? Optional.empty() : Optional.of(gateway.get());
    bench.device.orderRotation(bench.now);
    bench.runUntil(bench.now + 1000 * SECOND);
    Bench.Sent abandon = bench.sent.get(bench.sent.size() - 1);
    assertThat(abandon.type()).isEqualTo(RequestType.ABANDON);
    byte[] superseded = bench.proven(abandon, Refusal.SUPERSEDED, 0);
    bench.device.onFrame(bench.now, superseded);
    bench.device.onFrame(bench.now, superseded);
    assertThat(bench.events(DeviceEvent.Wiped.class)).isEmpty();
    bench.runToPeace();
    assertThat(bench.events(DeviceEvent.Rotated.class)).hasSize(1);
  }

  @Test
  void supersededKey_isKept_andEnrollIsTriedOnceADay() {
    Bench bench = enrolled(9);
    KeyRef before = bench.device.currentKey().orElseThrow();
    DeviceRow row = bench.gateway.row(Bench.REF);
    bench.gateway.rows.put(
        Bench.REF, new DeviceRow(RowStatus.ACTIVE, 9, row.token(), 0, 0, 0, false));
    long start = bench.now;
    bench.device.orderPoll(bench.now);
    bench.sent.clear();
    bench.runUntil(start + 10 * DAY);
    assertThat(bench.count(RequestType.ENROLL)).isBetween(9L, 11L);
    assertThat(bench.gaps(RequestType.ENROLL)).allMatch(gap -> gap >= DAY);
    assertThat(bench.device.currentKey()).contains(before);
  }

  @Test
  void unknownKey_isRotated_andThenEnrolledAnew() {
    Bench bench = enrolled(10);
    bench.device.orderRotation(bench.now);
    bench.runToPeace();
    bench.gateway.rows.clear();
    bench.sent.clear();
    bench.device.orderPoll(bench.now);
    bench.runToPeace();
    assertThat(bench.sent)
        .extracting(Bench.Sent::type)
        .containsExactly(
            RequestType.POLL, RequestType.ROTATE, RequestType.ENROLL, RequestType.CONFIRM);
  }

  /** Where the gateway lost the confirmed key, ABANDON would be answered 6 for ever. */
  @Test
  void abandonAnswered6_comesToAnEnd() {
    Bench bench = enrolled(11);
    bench.device.orderRotation(bench.now);
    bench.runToPeace();
    bench.gateway.move(SimGateway.Moves.ALWAYS);
    bench.login = LoginResult.UNREACHABLE;
    bench.device.orderRotation(bench.now);
    bench.runUntil(bench.now + 100 * SECOND);
    bench.gateway.rows.clear();
    bench.runToPeace();
    assertThat(bench.count(RequestType.ABANDON)).isEqualTo(3);
  }

  @Test
  void loneStoredRecordInSilence_isJoinedByAnotherAfterADay() {
    Bench bench = new Bench(12);
    bench.network =
        (request, gateway) ->
            request.type() == RequestType.CONFIRM ? Optional.empty() : Optional.of(gateway.get());
    bench.runUntil(DAY - SECOND);
    assertThat(bench.events(DeviceEvent.Stored.class)).hasSize(1);
    bench.runUntil(DAY + DAY / 8);
    assertThat(bench.events(DeviceEvent.Stored.class)).hasSize(2);
    bench.sent.clear();
    bench.runUntil(2 * DAY);
    assertThat(bench.sent.stream().map(s -> ByteBuffer.wrap(s.frame())).distinct())
        .as("CONFIRM of both in turn")
        .hasSize(2);
    bench.network = (request, gateway) -> Optional.of(gateway.get());
    bench.runToPeace();
  }

  @Test
  void fivePowerOnsInSilence_countAsADay() {
    Bench bench = new Bench(13);
    bench.network =
        (request, gateway) ->
            request.type() == RequestType.CONFIRM ? Optional.empty() : Optional.of(gateway.get());
    bench.runUntil(0);
    for (int i = 0; i < 5; i++) {
      bench.now += 400 * SECOND;
      bench.powerCycle();
      bench.runUntil(bench.now + 300 * SECOND);
    }
    assertThat(bench.count(RequestType.CONFIRM)).isGreaterThan(10);
    assertThat(bench.events(DeviceEvent.Stored.class)).hasSize(2);
  }

  @Test
  void foreignGrant_leavesTheHandshakeOpen() {
    Bench bench = new Bench(14);
    Bench other = new Bench(15);
    Step.Send foreign = (Step.Send) other.device.step(0);
    bench.network = (request, gateway) -> Optional.of(gateway.get());
    Step.Send own = (Step.Send) bench.device.step(0);
    bench.device.onFrame(0, other.gateway.answer(foreign.frame()));
    assertThat(bench.events(DeviceEvent.Stored.class)).isEmpty();
    bench.device.onFrame(0, bench.gateway.answer(own.frame()));
    assertThat(bench.events(DeviceEvent.Stored.class)).hasSize(1);
  }

  @Test
  void idleDevice_takesLessThanAKilobyte() {
    int count = 20_000;
    Device[] devices = new Device[count];
    Bench bench = new Bench(16);
    long before = usedHeap();
    for (int i = 0; i < count; i++) {
      devices[i] = bench.enrollAnother("fleet-" + i);
    }
    long each = (usedHeap() - before) / count;
    assertThat(devices).allMatch(Device::isSettled);
    assertThat(each).isLessThan(1000);
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static Bench enrolled(long seed) {
    Bench bench = new Bench(seed);
    bench.runToPeace();
    return bench;
  }

  private static byte[] forged(byte[] answer) {
    answer[answer.length - 1] ^= 1;
    return answer;
  }

  private static int[] image(Flash flash, int slot) {
    int[] words = new int[flash.words()];
    for (int word = 0; word < words.length; word++) {
      words[word] = flash.read(slot, word);
    }
    return words;
  }

  private static int[] ints(byte[] bytes) {
    int[] words = new int[bytes.length / 4];
    ByteBuffer.wrap(bytes).asIntBuffer().get(words);
    return words;
  }
}
