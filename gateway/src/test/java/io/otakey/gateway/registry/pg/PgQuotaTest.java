package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static io.otakey.gateway.registry.pg.Fixture.product;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.EnrollAnswer.Outcome;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.key.GrantToken.Kind;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A quota is exact, whoever counts and whoever knows of it. */
class PgQuotaTest {
  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final DeviceRef ref = new DeviceRef("p", "d");

  @AfterEach
  void close() {
    database.close();
  }

  private Verdict confirm(KeyUse use) {
    return Await.get(registry.devices().confirm(use)).verdict();
  }

  private void act(OperatorAction action) {
    assertThat(Await.get(registry.administration().act(ALICE, action, ref)))
        .isInstanceOf(DeviceChange.Changed.class);
  }

  private static long count(List<Future<Decision>> answers, Verdict verdict) {
    return answers.stream().filter(answer -> Await.get(answer).verdict() == verdict).count();
  }

  @Test
  void quota_whileTwoNodesEnrollAtOnce_isReachedAndNeverExceeded() {
    product(registry, "p", Fixture.quota(150));
    PgRegistry other = database.open();
    List<Future<Decision>> answers = new ArrayList<>();
    for (DeviceRef device : Fixture.devices("p", 500)) {
      PgRegistry node = answers.size() % 2 == 0 ? registry : other;
      answers.add(node.devices().confirm(Keys.enrolled(device)));
    }
    assertThat(count(answers, Verdict.COMMIT)).isEqualTo(150);
    assertThat(count(answers, Verdict.REFUSED)).isEqualTo(350);
    assertQuotaIsExact(150);
  }

  private void assertQuotaIsExact(long committed) {
    assertThat(database.count("device where first_committed_at is not null")).isEqualTo(committed);
    assertThat(database.sql("select ever_committed from product").get(0).getLong(0))
        .isEqualTo(committed);
  }

  /** Nodes that never heard of the quota come to it through the statement. */
  @Test
  void quota_unknownToTheNodesMemory_holds() {
    product(registry, "p", OPEN);
    PgRegistry other = database.open();
    database.sql("update product set quota = 20, ever_committed = 0");
    assertThat(registry.products().product("p").orElseThrow().policy().quota()).isEmpty();
    List<Future<Decision>> answers = new ArrayList<>();
    for (DeviceRef device : Fixture.devices("p", 100)) {
      PgRegistry node = answers.size() % 2 == 0 ? registry : other;
      answers.add(node.devices().confirm(Keys.enrolled(device)));
    }
    assertThat(count(answers, Verdict.COMMIT)).isEqualTo(20);
    assertQuotaIsExact(20);
  }

  @Test
  void quota_setWhileDevicesEnroll_countsThemAll() {
    product(registry, "p", OPEN);
    PgRegistry other = database.open();
    List<DeviceRef> devices = Fixture.devices("p", 3000);
    List<Future<Decision>> answers = new ArrayList<>();
    for (DeviceRef device : devices.subList(0, 2000)) {
      answers.add(other.devices().confirm(Keys.enrolled(device)));
    }
    Await.until("some are in", () -> database.count("device") > 0);
    Fixture.update(registry, "p", Fixture.quota(2500));
    for (DeviceRef device : devices.subList(2000, 3000)) {
      answers.add(other.devices().confirm(Keys.enrolled(device)));
    }
    assertThat(count(answers, Verdict.COMMIT)).isEqualTo(2500);
    assertQuotaIsExact(2500);
  }

  @Test
  void quota_thatIsSpent_stillLetsAKnownDeviceEnrollAgain() {
    product(registry, "p", Fixture.quota(1));
    assertThat(confirm(Keys.enrolled(ref))).isEqualTo(Verdict.COMMIT);
    act(OperatorAction.RESET);
    assertThat(Await.get(registry.devices().enroll(ref, 1)).outcome()).isEqualTo(Outcome.GRANT);
    assertThat(confirm(Keys.use(ref, 2, Keys.grant(Kind.ENROLL, 1, 1)))).isEqualTo(Verdict.COMMIT);
    act(OperatorAction.REMOVE);
    assertThat(confirm(Keys.enrolled(new DeviceRef("p", "e"))))
        .as("a removed device still counts")
        .isEqualTo(Verdict.REFUSED);
    assertQuotaIsExact(1);
  }

  @Test
  void quota_withARecoveredDevice_countsItAndDoesNotRefuseIt() {
    product(registry, "p", Fixture.quota(0));
    database.sql("update product set in_recovery = true");
    assertThat(confirm(Keys.use(ref, 7, Keys.grant(Kind.RECOVER, 0, 1))))
        .isEqualTo(Verdict.COMMIT_RECOVERED);
    assertQuotaIsExact(1);
  }
}
