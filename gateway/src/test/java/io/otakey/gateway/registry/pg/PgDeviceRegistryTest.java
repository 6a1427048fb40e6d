package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static io.otakey.gateway.registry.pg.Fixture.product;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.batch.BatcherConfig;
import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.EnrollAnswer.Outcome;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.Observation;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.gateway.registry.RegistryUnavailableException;
import io.otakey.protocol.key.GrantToken.Kind;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PgDeviceRegistryTest extends OneDevice {
  private static final Duration HOUR = Duration.ofHours(1);

  private static KeyUse key(DeviceRef ref, Kind kind, long epoch, int attempt, int salt) {
    return Keys.use(ref, epoch, Keys.grant(kind, attempt, salt));
  }

  private static long count(List<Decision> decisions, Verdict verdict) {
    return decisions.stream().filter(decision -> decision.verdict() == verdict).count();
  }

  private static List<Decision> all(List<Future<Decision>> answers) {
    return answers.stream().map(Await::get).toList();
  }

  @Test
  void confirm_repeated_isCommittedOnceAndCurrentAfterwards() {
    product(registry, "p", OPEN);
    assertThat(confirm(Keys.enrolled(ref))).isEqualTo(Verdict.COMMIT);
    assertThat(confirm(Keys.enrolled(ref))).isEqualTo(Verdict.CURRENT);
    assertThat(database.count("event")).isEqualTo(1);
  }

  /** What a platform may be told, row by row; and that asking changes nothing. */
  @Test
  void login_decidesAsAConfirmOfTheEpochThatTheTokenIsFor() {
    product(registry, "p", OPEN);
    KeyUse first = Keys.enrolled(ref);
    Decision before = login(first);
    assertThat(before.verdict()).isEqualTo(Verdict.COMMIT);
    assertThat(before.row().epoch()).isEqualTo(1);
    assertThat(database.count("device")).isZero();
    confirm(first);
    assertThat(login(first).verdict()).isEqualTo(Verdict.CURRENT);
    KeyUse second = key(ref, Kind.ROTATE, 2, 0, 5);
    assertThat(login(second).verdict()).isEqualTo(Verdict.COMMIT);
    assertThat(login(second).row().epoch()).isEqualTo(2);
    assertThat(confirm(second)).isEqualTo(Verdict.COMMIT);
    assertThat(login(second).verdict()).isEqualTo(Verdict.CURRENT);
    assertThat(login(first).verdict()).as("its epoch is over").isNotEqualTo(Verdict.CURRENT);
    assertThat(database.count("event")).isEqualTo(2);
  }

  private Decision login(KeyUse use) {
    KeyRef any = new KeyRef(use.key().ref(), 0, use.key().token());
    return Await.get(registry.devices().login(new KeyUse(any, use.grant())));
  }

  @Test
  void confirm_ofAnUnknownProduct_isUnknown() {
    assertThat(confirm(Keys.enrolled(ref))).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void confirm_afterThePolicyChanged_isRefusedOnEveryNodeAtOnce() {
    product(registry, "p", OPEN);
    PgRegistry other = database.open();
    Fixture.update(registry, "p", EnrollmentPolicy.DEFAULT);
    assertThat(Await.get(other.devices().confirm(Keys.enrolled(ref))).verdict())
        .isEqualTo(Verdict.REFUSED);
    Await.get(registry.administration().preRegister(ALICE, "p", List.of("d")));
    Instant now = Instant.now();
    Fixture.update(registry, "p", Fixture.window(now.minus(HOUR).minus(HOUR), now.minus(HOUR)));
    assertThat(Await.get(other.devices().confirm(Keys.enrolled(ref))).verdict())
        .isEqualTo(Verdict.REFUSED);
    Fixture.update(registry, "p", OPEN);
    Await.get(registry.products().setKeyRetired(ALICE, "p", 1, true));
    assertThat(Await.get(other.devices().confirm(Keys.enrolled(ref))).verdict())
        .isEqualTo(Verdict.REFUSED);
    Await.get(registry.products().setKeyRetired(ALICE, "p", 1, false));
    assertThat(Await.get(other.devices().confirm(Keys.enrolled(ref))).verdict())
        .isEqualTo(Verdict.COMMIT);
  }

  /** A commit that waits for the product's lock sees what the holder of the lock changed. */
  @Test
  void confirm_thatWaitsForAPolicyChange_seesIt() {
    product(registry, "p", OPEN);
    Future<Decision> waiting =
        Await.get(
            database
                .database()
                .admin()
                .withTransaction(
                    tx ->
                        tx.query("update product set active_keys = '{}'")
                            .execute()
                            .map(v -> List.of(registry.devices().confirm(Keys.enrolled(ref))))
                            .compose(
                                answer ->
                                    tx.query(untilBlocked()).execute().map(v -> answer.get(0)))));
    assertThat(Await.get(waiting).verdict()).isEqualTo(Verdict.REFUSED);
  }

  /** Returns when another backend waits for a lock. */
  private static String untilBlocked() {
    return """
        do $$ begin
          for i in 1..6000 loop
            exit when exists (select 1 from pg_locks where not granted);
            perform pg_sleep(0.005);
          end loop;
          if not exists (select 1 from pg_locks where not granted) then
            raise exception 'nobody waits';
          end if;
        end $$""";
  }

  @Test
  void confirm_ofRivalsOnTwoNodes_commitsOneOfEachDevice() {
    product(registry, "p", OPEN);
    PgRegistry other = database.open();
    List<DeviceRef> devices = Fixture.devices("p", 400);
    List<Future<Decision>> answers = new ArrayList<>();
    for (DeviceRef device : devices) {
      answers.add(registry.devices().confirm(key(device, Kind.ENROLL, 1, 0, 1)));
      answers.add(other.devices().confirm(key(device, Kind.ENROLL, 1, 0, 2)));
      answers.add(other.devices().confirm(key(device, Kind.ENROLL, 1, 0, 1)));
    }
    List<Decision> decisions = all(answers);
    assertThat(count(decisions, Verdict.COMMIT)).isEqualTo(devices.size());
    assertThat(database.count("event")).isEqualTo(devices.size());
    assertThat(
            count(decisions, Verdict.COMMIT)
                + count(decisions, Verdict.CURRENT)
                + count(decisions, Verdict.SUPERSEDED))
        .isEqualTo(3L * devices.size());
    for (Decision decision : decisions) {
      assertThat(decision.row().epoch()).isEqualTo(1);
    }
  }

  @Test
  void confirm_ofRivalsInOneBatch_commitsOne() {
    product(registry, "p", OPEN);
    List<Decision> decisions =
        all(
            Stream.of(1, 2, 3, 1, 2, 3)
                .map(salt -> registry.devices().confirm(key(ref, Kind.ENROLL, 1, 0, salt)))
                .toList());
    assertThat(count(decisions, Verdict.COMMIT)).isEqualTo(1);
    assertThat(count(decisions, Verdict.CURRENT)).isEqualTo(1);
    assertThat(count(decisions, Verdict.SUPERSEDED)).isEqualTo(4);
  }

  @Test
  void confirm_ofRotationsOnTwoNodes_advancesOneEpoch() {
    product(registry, "p", OPEN);
    PgRegistry other = database.open();
    List<DeviceRef> devices = Fixture.devices("p", 200);
    all(devices.stream().map(d -> registry.devices().confirm(Keys.enrolled(d))).toList());
    List<Decision> decisions =
        all(
            devices.stream()
                .flatMap(
                    d ->
                        Stream.of(
                            registry.devices().confirm(key(d, Kind.ROTATE, 2, 0, 1)),
                            other.devices().confirm(key(d, Kind.ROTATE, 2, 0, 2))))
                .toList());
    assertThat(count(decisions, Verdict.COMMIT)).isEqualTo(devices.size());
    assertThat(count(decisions, Verdict.SUPERSEDED)).isEqualTo(devices.size());
    assertThat(database.count("device where epoch = 2")).isEqualTo(devices.size());
  }

  @Test
  void poll_underAKeyWhoseCommitWasLost_commitsItAndIsServed() {
    product(registry, "p", OPEN);
    confirm(Keys.enrolled(ref));
    Decision healed = Await.get(registry.devices().poll(key(ref, Kind.ROTATE, 2, 0, 1)));
    assertThat(healed.verdict()).isEqualTo(Verdict.COMMIT);
    assertThat(healed.row().epoch()).isEqualTo(2);
    assertThat(Await.get(registry.devices().poll(Keys.enrolled(ref))).verdict())
        .isEqualTo(Verdict.SUPERSEDED);
  }

  @Test
  void approval_isUsedUpByOneOfTwoNodes() {
    product(registry, "p", OPEN);
    PgRegistry other = database.open();
    confirm(Keys.enrolled(ref));
    act(OperatorAction.APPROVE);
    List<Decision> decisions =
        all(
            List.of(
                registry.devices().confirm(key(ref, Kind.ENROLL, 2, 0, 1)),
                other.devices().confirm(key(ref, Kind.ENROLL, 2, 0, 2))));
    assertThat(count(decisions, Verdict.COMMIT)).isEqualTo(1);
    assertThat(count(decisions, Verdict.SUPERSEDED)).isEqualTo(1);
    assertThat(enroll()).isEqualTo(Outcome.ALREADY_ENROLLED);
    assertThat(confirm(key(ref, Kind.ENROLL, 3, 0, 3))).isEqualTo(Verdict.FENCE);
  }

  @Test
  void fence_keepsItsTokenFromCommittingEvenAfterAnApproval() {
    product(registry, "p", OPEN);
    confirm(Keys.enrolled(ref));
    KeyUse stored = key(ref, Kind.ENROLL, 2, 0, 1);
    Decision fenced = Await.get(registry.devices().confirm(stored));
    assertThat(fenced.verdict()).isEqualTo(Verdict.FENCE);
    assertThat(fenced.row().attempt()).isEqualTo(1);
    act(OperatorAction.APPROVE);
    assertThat(confirm(stored)).isEqualTo(Verdict.SUPERSEDED);
    assertThat(confirm(key(ref, Kind.ENROLL, 2, 1, 2))).isEqualTo(Verdict.COMMIT);
  }

  @Test
  void abandon_raisesTheAttemptOnceAndKeepsTheGrantDead() {
    product(registry, "p", OPEN);
    KeyUse current = Keys.enrolled(ref);
    confirm(current);
    for (int i = 0; i < 2; i++) {
      Decision served = Await.get(registry.devices().abandon(current, 0, 2));
      assertThat(served.verdict()).isEqualTo(Verdict.CURRENT);
      assertThat(served.row().attempt()).isEqualTo(1);
    }
    assertThat(confirm(key(ref, Kind.ROTATE, 2, 0, 1))).isEqualTo(Verdict.SUPERSEDED);
    assertThat(confirm(key(ref, Kind.ROTATE, 2, 1, 1))).isEqualTo(Verdict.COMMIT);
  }

  @Test
  void abandon_thatAsksTooMuch_isRefusedAndListed() {
    product(registry, "p", OPEN);
    KeyUse current = Keys.enrolled(ref);
    confirm(current);
    Decision refused = Await.get(registry.devices().abandon(current, 65, 2));
    assertThat(refused.verdict()).isEqualTo(Verdict.REFUSED);
    assertThat(refused.row().attempt()).isZero();
    Await.get(registry.flush());
    assertThat(awaiting(AwaitingDevice.Reason.ABANDON)).hasSize(1);
    act(OperatorAction.RESET);
    assertThat(awaiting(AwaitingDevice.Reason.ABANDON)).isEmpty();
  }

  @Test
  void observe_isWrittenBehindAndKeepsWhatWasNotTold() {
    product(registry, "p", OPEN);
    confirm(Keys.enrolled(ref));
    registry.devices().observe(ref, new Observation(Optional.of("1.0\0"), OptionalLong.empty()));
    registry
        .devices()
        .observe(ref, new Observation(Optional.empty(), OptionalLong.of(4_000_000_000L)));
    registry.devices().observe(new DeviceRef("p", "no-row"), Observation.SEEN);
    Await.get(registry.flush());
    var device = Await.get(registry.administration().get(ref)).orElseThrow();
    assertThat(device.firmware()).contains("1.0");
    assertThat(device.lastError()).hasValue(4_000_000_000L);
    assertThat(device.lastSeen()).isPresent();
    assertThat(database.count("device")).isEqualTo(1);
  }

  @Test
  void observe_doesNotDisturbACommit() {
    product(registry, "p", OPEN);
    confirm(Keys.enrolled(ref));
    for (int epoch = 2; epoch < 40; epoch++) {
      registry
          .devices()
          .observe(ref, new Observation(Optional.of("v" + epoch), OptionalLong.empty()));
      Future<Void> flushed = registry.flush();
      assertThat(confirm(key(ref, Kind.ROTATE, epoch, 0, epoch))).isEqualTo(Verdict.COMMIT);
      Await.get(flushed);
    }
  }

  @Test
  void requests_whileTheProductIsLocked_endBusyAndLaterOnesAreServed() {
    product(registry, "p", OPEN);
    var small = new BatcherConfig(1, 10, Duration.ZERO, 10, Duration.ofMillis(200), 3);
    PgRegistry node = database.open(new PgTuning(small, small, small, 2));
    List<Future<Decision>> answers =
        Await.get(
            database
                .database()
                .admin()
                .withTransaction(
                    tx ->
                        tx.query("select 1 from product for update")
                            .execute()
                            .map(
                                v ->
                                    Fixture.devices("p", 100).stream()
                                        .map(d -> node.devices().confirm(Keys.enrolled(d)))
                                        .toList())
                            .compose(
                                sent ->
                                    Future.join(sent)
                                        .transform(x -> Future.succeededFuture(sent)))));
    for (Future<Decision> answer : answers) {
      assertThatThrownBy(() -> Await.get(answer)).isInstanceOf(RegistryBusyException.class);
    }
    Await.until(
        "served again",
        () -> Await.get(node.devices().confirm(Keys.enrolled(ref)).map(true).otherwise(false)));
  }

  @Test
  void refusals_carryNoStack() {
    assertThat(new RegistryBusyException("x").getStackTrace()).isEmpty();
    assertThat(new RegistryUnavailableException("x", null).getStackTrace()).isEmpty();
  }
}
