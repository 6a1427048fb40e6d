package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.audit.AuditKeys;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.Change.Cause;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is told to a journal, and that nothing is acknowledged before it is kept. */
class ChangeLogTest {
  private final TestDatabase database = new TestDatabase();
  private final Recorder log = new Recorder();
  private final PgRegistry registry =
      Await.get(
          PgRegistry.open(
              database.vertx,
              database.guest,
              PgTuning.DEFAULT,
              log,
              AuditKeys.NONE,
              new SimpleMeterRegistry()));
  private final DeviceRef ref = new DeviceRef("p", "d");

  /** Keeps at once, or when it is told to, or not at all. */
  private static final class Recorder implements ChangeLog {
    private final Queue<Change> kept = new ConcurrentLinkedQueue<>();
    private volatile Future<Void> answer = Future.succeededFuture();

    @Override
    public Future<Void> keep(List<? extends Change> changes) {
      return answer.onSuccess(v -> kept.addAll(changes));
    }

    List<Change> take() {
      List<Change> taken = List.copyOf(kept);
      kept.clear();
      return taken;
    }
  }

  @AfterEach
  void close() {
    Await.get(registry.close());
    database.close();
  }

  private static KeyUse rotated(DeviceRef ref, long epoch, int attempt) {
    return Keys.use(ref, epoch, Keys.grant(GrantToken.Kind.ROTATE, attempt, (int) epoch));
  }

  private Change.Device only() {
    List<Change> changes = log.take();
    assertThat(changes).hasSize(1);
    return (Change.Device) changes.get(0);
  }

  @Test
  void anAck_waitsUntilTheCommitIsKept() {
    Fixture.product(registry, "p", OPEN);
    Promise<Void> disk = Promise.promise();
    log.answer = disk.future();
    Future<Decision> confirmed = registry.devices().confirm(Keys.enrolled(ref));
    Await.until("committed", () -> database.count("device where status = 2") == 1);
    assertThat(confirmed.isComplete()).isFalse();
    disk.complete();
    assertThat(Await.get(confirmed).verdict()).isEqualTo(Verdict.COMMIT);
    Change.Device change = only();
    assertThat(change.cause()).isEqualTo(Cause.COMMITTED);
    assertThat(change.ref()).isEqualTo(ref);
    assertThat(change.row().status()).isEqualTo(RowStatus.ACTIVE);
    assertThat(change.row().epoch()).isEqualTo(1);
    assertThat(change.row().token()).contains(Keys.enrolled(ref).key().token());
  }

  /** The commit stands, the ACK did not leave: the repeated CONFIRM is kept before its ACK 1. */
  @Test
  void aCommitThatCouldNotBeKept_isKeptWhenTheConfirmIsRepeated() {
    Fixture.product(registry, "p", OPEN);
    log.answer = Future.failedFuture(new RegistryBusyException("disk full"));
    assertThatThrownBy(() -> Await.get(registry.devices().confirm(Keys.enrolled(ref))))
        .isInstanceOf(RegistryBusyException.class);
    assertThat(log.take()).isEmpty();
    log.answer = Future.succeededFuture();
    Decision again = Await.get(registry.devices().confirm(Keys.enrolled(ref)));
    assertThat(again.verdict()).isEqualTo(Verdict.CURRENT);
    assertThat(only().row().epoch()).isEqualTo(1);
  }

  @Test
  void everyWayToCommitOrFence_isKeptAndReadsAreNot() {
    Fixture.product(registry, "p", OPEN);
    Await.get(registry.devices().confirm(Keys.enrolled(ref)));
    Await.get(registry.devices().poll(Keys.enrolled(ref)));
    assertThat(only().cause()).isEqualTo(Cause.COMMITTED);

    Await.get(registry.devices().abandon(Keys.enrolled(ref), 3, 1));
    Change.Device raised = only();
    assertThat(raised.cause()).isEqualTo(Cause.RAISED);
    assertThat(raised.row().attempt()).isEqualTo(4);

    Await.get(registry.devices().poll(rotated(ref, 2, 4)));
    assertThat(only().row().epoch()).as("a POLL made up for a commit").isEqualTo(2);

    KeyUse late = Keys.use(ref, 3, Keys.grant(GrantToken.Kind.ENROLL, 7, 1));
    assertThat(Await.get(registry.devices().confirm(late)).verdict()).isEqualTo(Verdict.FENCE);
    assertThat(only().row().attempt()).isEqualTo(8);
    Await.get(registry.devices().confirm(Keys.enrolled(ref)));
    assertThat(log.take()).as("superseded").isEmpty();
  }

  @Test
  void everyActionOfAnOperator_isKept() {
    Fixture.product(registry, "p", OPEN);
    Await.get(registry.administration().preRegister(ALICE, "p", List.of("a", "d", "a")));
    assertThat(log.take())
        .extracting(change -> ((Change.Device) change).ref().deviceId())
        .containsExactly("a", "d");
    Await.get(registry.administration().preRegister(ALICE, "p", List.of("a", "b")));
    assertThat(only().ref().deviceId()).isEqualTo("b");
    Await.get(registry.devices().confirm(Keys.enrolled(ref)));
    log.take();
    for (OperatorAction action :
        List.of(
            OperatorAction.RESET,
            OperatorAction.WITHDRAW_RESET,
            OperatorAction.APPROVE,
            OperatorAction.BLOCK,
            OperatorAction.UNBLOCK,
            OperatorAction.REVOKE,
            OperatorAction.REMOVE,
            OperatorAction.REOPEN)) {
      Await.get(registry.administration().act(ALICE, action, ref));
      Change.Device change = only();
      assertThat(change.cause()).isEqualTo(Cause.of(action));
      assertThat(change.returnsTo().isPresent()).isEqualTo(action == OperatorAction.BLOCK);
    }
    DeviceRef other = new DeviceRef("p", "a");
    Await.get(registry.devices().confirm(Keys.enrolled(other)));
    log.take();
    Await.get(registry.administration().approve(ALICE, "p", List.of("a", "b")));
    Change.Device approved = only();
    assertThat(approved.cause()).isEqualTo(Cause.APPROVED);
    assertThat(approved.row().reEnrollApproved()).isTrue();

    Connection connection =
        new Connection(
            "cloud",
            "mqtt",
            "h",
            1,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    int id = Await.get(registry.connections().create(ALICE, connection)).id();
    assertThat(log.take()).containsExactly(new Change.NewConnection(id, connection));
  }

  /** Nobody repeats an operator's action, so one that cannot be kept is not done. */
  @Test
  void anActionThatCannotBeKept_isNotDone() {
    Fixture.product(registry, "p", OPEN);
    Await.get(registry.devices().confirm(Keys.enrolled(ref)));
    log.answer = Future.failedFuture(new RegistryBusyException("disk full"));
    assertThatThrownBy(
            () -> Await.get(registry.administration().act(ALICE, OperatorAction.REVOKE, ref)))
        .isInstanceOf(RegistryBusyException.class)
        .hasMessageContaining("disk full");
    assertThat(database.count("device where status = 2")).isEqualTo(1);
    assertThat(database.count("event where kind = 14")).isZero();
  }
}
