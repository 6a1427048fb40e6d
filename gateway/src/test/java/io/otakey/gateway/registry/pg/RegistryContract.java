package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.EnrollAnswer.Outcome;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken.Kind;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every registry of devices does, whatever it keeps rows in. The decision table itself, over
 * every situation: {@link DecisionSqlTest} and {@link MemoryRegistryTest}.
 */
abstract class RegistryContract {
  private static final DeviceRef DEVICE = new DeviceRef("p", "d");
  private static final Duration HOUR = Duration.ofHours(1);

  /** A registry of its own, empty. */
  interface Bed extends AutoCloseable {
    DeviceRegistry devices();

    /** Makes the product p with key version 1, or changes its policy. */
    void product(EnrollmentPolicy policy);

    void retireKey(boolean retired);

    void recovery(boolean on);

    void act(OperatorAction action);

    DeviceRow row();

    @Override
    void close();
  }

  private final Bed bed = bed();

  abstract Bed bed();

  @AfterEach
  void close() {
    bed.close();
  }

  private static KeyUse key(Kind kind, long epoch, int attempt, int salt) {
    return Keys.use(DEVICE, epoch, Keys.grant(kind, attempt, salt));
  }

  private Verdict confirm(KeyUse use) {
    return Await.get(bed.devices().confirm(use)).verdict();
  }

  private Outcome enroll(int pkVersion) {
    return Await.get(bed.devices().enroll(DEVICE, pkVersion)).outcome();
  }

  @Test
  void confirm_repeated_isCommittedOnceAndCurrentAfterwards() {
    bed.product(OPEN);
    assertThat(confirm(Keys.enrolled(DEVICE))).isEqualTo(Verdict.COMMIT);
    assertThat(confirm(Keys.enrolled(DEVICE))).isEqualTo(Verdict.CURRENT);
  }

  @Test
  void confirm_ofAnUnknownProduct_isUnknown() {
    assertThat(confirm(Keys.enrolled(DEVICE))).isEqualTo(Verdict.UNKNOWN);
    assertThat(enroll(1)).isEqualTo(Outcome.UNKNOWN_PRODUCT);
  }

  @Test
  void confirm_ofRivals_commitsOne() {
    bed.product(OPEN);
    List<Verdict> verdicts =
        Stream.of(1, 2, 3, 1, 2, 3).map(salt -> confirm(key(Kind.ENROLL, 1, 0, salt))).toList();
    assertThat(verdicts).containsOnlyOnce(Verdict.COMMIT).containsOnlyOnce(Verdict.CURRENT);
  }

  @Test
  void quota_isUsedUpByFirstCommitsAndNotBySuccessors() {
    bed.product(Fixture.quota(1));
    assertThat(enroll(1)).isEqualTo(Outcome.GRANT);
    assertThat(confirm(Keys.enrolled(DEVICE))).isEqualTo(Verdict.COMMIT);
    DeviceRef other = new DeviceRef("p", "other");
    assertThat(Await.get(bed.devices().enroll(other, 1)).outcome()).isEqualTo(Outcome.QUOTA);
    assertThat(confirm(Keys.enrolled(other))).isEqualTo(Verdict.REFUSED);
    bed.act(OperatorAction.RESET);
    assertThat(enroll(1)).isEqualTo(Outcome.GRANT);
    assertThat(confirm(key(Kind.ENROLL, 2, 1, 4))).isEqualTo(Verdict.COMMIT);
  }

  @Test
  void policy_isAskedAtEnrollmentAndAtTheCommit() {
    Instant now = Instant.now();
    bed.product(EnrollmentPolicy.DEFAULT);
    assertThat(enroll(1)).isEqualTo(Outcome.ALLOW_LIST);
    assertThat(confirm(Keys.enrolled(DEVICE))).isEqualTo(Verdict.REFUSED);
    bed.product(Fixture.window(now.plus(HOUR), now.plus(HOUR).plus(HOUR)));
    assertThat(enroll(1)).isEqualTo(Outcome.WINDOW);
    bed.product(Fixture.window(now.minus(HOUR).minus(HOUR), now.minus(HOUR)));
    assertThat(confirm(Keys.enrolled(DEVICE))).isEqualTo(Verdict.REFUSED);
    bed.product(OPEN);
    assertThat(enroll(2)).isEqualTo(Outcome.KEY_VERSION);
    bed.retireKey(true);
    assertThat(enroll(1)).isEqualTo(Outcome.KEY_VERSION);
    assertThat(confirm(Keys.enrolled(DEVICE))).isEqualTo(Verdict.REFUSED);
    bed.retireKey(false);
    assertThat(enroll(1)).isEqualTo(Outcome.GRANT);
    assertThat(confirm(Keys.enrolled(DEVICE))).isEqualTo(Verdict.COMMIT);
  }

  @Test
  void enroll_ofAnActiveDevice_followsReEnrollmentPolicy() {
    bed.product(OPEN);
    confirm(Keys.enrolled(DEVICE));
    assertThat(enroll(1)).isEqualTo(Outcome.ALREADY_ENROLLED);
    bed.product(Fixture.reEnroll(ReEnroll.until(Instant.now().plus(HOUR))));
    assertThat(enroll(1)).isEqualTo(Outcome.GRANT);
    bed.product(OPEN);
    bed.act(OperatorAction.APPROVE);
    assertThat(enroll(1)).isEqualTo(Outcome.GRANT);
    bed.product(Fixture.reEnroll(ReEnroll.NEVER));
    assertThat(enroll(1)).as("never outweighs an approval").isEqualTo(Outcome.ALREADY_ENROLLED);
    bed.act(OperatorAction.BLOCK);
    assertThat(enroll(1)).isEqualTo(Outcome.BARRED);
  }

  @Test
  void enroll_whileTheProductRecovers_waitsExceptForAResetRow() {
    bed.product(OPEN);
    confirm(Keys.enrolled(DEVICE));
    bed.recovery(true);
    assertThat(enroll(1)).isEqualTo(Outcome.RECOVERING);
    bed.act(OperatorAction.RESET);
    assertThat(enroll(1)).isEqualTo(Outcome.GRANT);
  }

  @Test
  void approval_isUsedUpByOneCommit_andAFencedTokenStaysDead() {
    bed.product(OPEN);
    confirm(Keys.enrolled(DEVICE));
    KeyUse stored = key(Kind.ENROLL, 2, 0, 1);
    assertThat(confirm(stored)).isEqualTo(Verdict.FENCE);
    assertThat(bed.row().attempt()).isEqualTo(1);
    bed.act(OperatorAction.APPROVE);
    assertThat(confirm(stored)).isEqualTo(Verdict.SUPERSEDED);
    assertThat(confirm(key(Kind.ENROLL, 2, 1, 2))).isEqualTo(Verdict.COMMIT);
    assertThat(enroll(1)).isEqualTo(Outcome.ALREADY_ENROLLED);
  }

  @Test
  void abandon_raisesTheAttemptOnce_andNotTooFar() {
    bed.product(OPEN);
    KeyUse current = Keys.enrolled(DEVICE);
    confirm(current);
    for (int i = 0; i < 2; i++) {
      Decision served = Await.get(bed.devices().abandon(current, 0, 2));
      assertThat(served.verdict()).isEqualTo(Verdict.CURRENT);
      assertThat(served.row().attempt()).isEqualTo(1);
    }
    assertThat(confirm(key(Kind.ROTATE, 2, 0, 1))).isEqualTo(Verdict.SUPERSEDED);
    assertThat(Await.get(bed.devices().abandon(current, 66, 2)).verdict())
        .isEqualTo(Verdict.REFUSED);
    assertThat(bed.row().attempt()).isEqualTo(1);
    assertThat(confirm(key(Kind.ROTATE, 2, 1, 1))).isEqualTo(Verdict.COMMIT);
  }

  @Test
  void poll_underAKeyWhoseCommitWasLost_commitsIt() {
    bed.product(OPEN);
    confirm(Keys.enrolled(DEVICE));
    assertThat(Await.get(bed.devices().poll(key(Kind.ROTATE, 2, 0, 1))).verdict())
        .isEqualTo(Verdict.COMMIT);
    assertThat(Await.get(bed.devices().poll(Keys.enrolled(DEVICE))).verdict())
        .isEqualTo(Verdict.SUPERSEDED);
  }

  @Test
  void login_decidesAsAConfirmAndWritesNothing() {
    bed.product(OPEN);
    KeyUse first = Keys.enrolled(DEVICE);
    KeyUse login = new KeyUse(new KeyRef(DEVICE, 0, first.key().token()), first.grant());
    Decision before = Await.get(bed.devices().login(login));
    assertThat(before.verdict()).isEqualTo(Verdict.COMMIT);
    assertThat(before.row().epoch()).isEqualTo(1);
    assertThat(bed.row()).isEqualTo(DeviceRow.NONE);
    confirm(first);
    assertThat(Await.get(bed.devices().login(login)).verdict()).isEqualTo(Verdict.CURRENT);
  }
}
