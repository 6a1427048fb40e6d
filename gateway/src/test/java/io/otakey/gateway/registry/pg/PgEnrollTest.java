package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static io.otakey.gateway.registry.pg.Fixture.product;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.EnrollAnswer;
import io.otakey.gateway.registry.EnrollAnswer.Outcome;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** ENROLL: policy before existence, and nothing is written. */
class PgEnrollTest extends OneDevice {
  private static final Duration HOUR = Duration.ofHours(1);

  @Test
  void enroll_ofAnUnknownDevice_isGrantedWhereThePolicyIsOpen() {
    product(registry, "p", OPEN);
    EnrollAnswer answer = Await.get(registry.devices().enroll(ref, 1));
    assertThat(answer.outcome()).isEqualTo(Outcome.GRANT);
    assertThat(answer.generation()).isEqualTo(1);
    assertThat(database.count("device")).as("ENROLL writes nothing").isZero();
  }

  @Test
  void enroll_whatPolicyForbids_isRefusedWithTheReason() {
    assertThat(enroll()).isEqualTo(Outcome.UNKNOWN_PRODUCT);
    product(registry, "p", EnrollmentPolicy.DEFAULT);
    assertThat(enroll()).isEqualTo(Outcome.ALLOW_LIST);
    Instant now = Instant.now();
    Fixture.update(registry, "p", Fixture.window(now.plus(HOUR), now.plus(HOUR).plus(HOUR)));
    assertThat(enroll()).isEqualTo(Outcome.WINDOW);
    Fixture.update(registry, "p", Fixture.window(now.minus(HOUR).minus(HOUR), now.minus(HOUR)));
    assertThat(enroll()).isEqualTo(Outcome.WINDOW);
    Fixture.update(registry, "p", Fixture.window(now.minus(HOUR), now.plus(HOUR)));
    assertThat(enroll()).isEqualTo(Outcome.GRANT);
    Fixture.update(registry, "p", Fixture.quota(0));
    assertThat(enroll()).isEqualTo(Outcome.QUOTA);
    Fixture.update(registry, "p", OPEN);
    assertThat(Await.get(registry.devices().enroll(ref, 2)).outcome())
        .isEqualTo(Outcome.KEY_VERSION);
    Await.get(registry.products().setKeyRetired(ALICE, "p", 1, true));
    assertThat(enroll()).isEqualTo(Outcome.KEY_VERSION);
  }

  @Test
  void enroll_ofAnActiveDevice_followsReEnrollmentPolicy() {
    product(registry, "p", OPEN);
    confirm(Keys.enrolled(ref));
    assertThat(enroll()).isEqualTo(Outcome.ALREADY_ENROLLED);
    Fixture.update(registry, "p", Fixture.reEnroll(ReEnroll.until(Instant.now().plus(HOUR))));
    assertThat(enroll()).isEqualTo(Outcome.GRANT);
    Fixture.update(registry, "p", Fixture.reEnroll(ReEnroll.until(Instant.now().minus(HOUR))));
    assertThat(enroll()).isEqualTo(Outcome.ALREADY_ENROLLED);
    Fixture.update(registry, "p", OPEN);
    act(OperatorAction.APPROVE);
    assertThat(enroll()).isEqualTo(Outcome.GRANT);
    Fixture.update(registry, "p", Fixture.reEnroll(ReEnroll.NEVER));
    assertThat(enroll()).as("never outweighs an approval").isEqualTo(Outcome.ALREADY_ENROLLED);
  }

  @Test
  void enroll_ofABarredDevice_isRefusedBeforePolicy() {
    product(registry, "p", OPEN);
    confirm(Keys.enrolled(ref));
    Fixture.update(registry, "p", Fixture.quota(0));
    for (OperatorAction bar :
        List.of(OperatorAction.BLOCK, OperatorAction.REVOKE, OperatorAction.REMOVE)) {
      act(bar);
      assertThat(enroll()).isEqualTo(Outcome.BARRED);
    }
  }

  @Test
  void enroll_whileTheProductRecovers_waitsExceptForAResetRow() {
    product(registry, "p", OPEN);
    database.sql("update product set in_recovery = true");
    assertThat(enroll()).isEqualTo(Outcome.RECOVERING);
    confirm(Keys.enrolled(ref));
    assertThat(enroll()).isEqualTo(Outcome.RECOVERING);
    act(OperatorAction.RESET);
    assertThat(enroll()).isEqualTo(Outcome.GRANT);
    Await.get(registry.administration().preRegister(ALICE, "p", List.of("e")));
    assertThat(Await.get(registry.devices().enroll(new DeviceRef("p", "e"), 1)).outcome())
        .isEqualTo(Outcome.RECOVERING);
  }

  @Test
  void enroll_atTheLastEpoch_isRefused() {
    product(registry, "p", OPEN);
    confirm(Keys.enrolled(ref));
    act(OperatorAction.RESET);
    database.sql("update device set epoch = 4294967294");
    assertThat(enroll()).isEqualTo(Outcome.EPOCHS_SPENT);
  }

  @Test
  void enroll_thatAwaitsApproval_isListedOnceWithItsCount() {
    product(registry, "p", OPEN);
    confirm(Keys.enrolled(ref));
    enroll();
    enroll();
    Await.get(registry.flush());
    enroll();
    Await.get(registry.flush());
    List<AwaitingDevice> waiting = awaiting(AwaitingDevice.Reason.RE_ENROLLMENT);
    assertThat(waiting).hasSize(1);
    assertThat(waiting.get(0).ref()).isEqualTo(ref);
    assertThat(waiting.get(0).count()).isEqualTo(3);
    act(OperatorAction.APPROVE);
    assertThat(awaiting(AwaitingDevice.Reason.RE_ENROLLMENT)).isEmpty();
  }
}
