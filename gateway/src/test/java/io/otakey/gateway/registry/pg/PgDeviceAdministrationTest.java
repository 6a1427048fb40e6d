package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.Fixture.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.DeviceChange.Changed;
import io.otakey.gateway.registry.DeviceChange.NotAllowed;
import io.otakey.gateway.registry.DeviceChange.NotFound;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.PreRegistration;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PgDeviceAdministrationTest {
  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final DeviceAdministration administration = registry.administration();
  private final DeviceRef ref = new DeviceRef("p", "d");

  @BeforeEach
  void createProduct() {
    Fixture.product(registry, "p", OPEN);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private DeviceChange act(OperatorAction action) {
    return Await.get(administration.act(ALICE, action, ref));
  }

  private DeviceRecord changed(OperatorAction action) {
    DeviceChange change = act(action);
    if (change instanceof Changed changed) {
      return changed.now();
    }
    throw new AssertionError(action + " was " + change);
  }

  private Verdict confirm() {
    return Await.get(registry.devices().confirm(Keys.enrolled(ref))).verdict();
  }

  private Verdict poll() {
    return Await.get(registry.devices().poll(Keys.enrolled(ref))).verdict();
  }

  @Test
  void act_throughAWholeLife_changesWhatTheDeviceIsTold() {
    assertThat(act(OperatorAction.RESET)).isEqualTo(new NotFound(ref));
    confirm();
    assertThat(changed(OperatorAction.BLOCK).returnsTo()).contains(RowStatus.ACTIVE);
    assertThat(poll()).isEqualTo(Verdict.REFUSED);
    assertThat(changed(OperatorAction.UNBLOCK).row().status()).isEqualTo(RowStatus.ACTIVE);
    assertThat(poll()).isEqualTo(Verdict.CURRENT);
    assertThat(changed(OperatorAction.RESET).row().attempt()).isEqualTo(1);
    assertThat(poll()).isEqualTo(Verdict.SUPERSEDED);
    assertThat(confirm()).as("it was committed").isEqualTo(Verdict.CURRENT);
    assertThat(changed(OperatorAction.WITHDRAW_RESET).row().attempt()).isEqualTo(2);
    assertThat(poll()).isEqualTo(Verdict.CURRENT);
    assertThat(changed(OperatorAction.REVOKE).row().status()).isEqualTo(RowStatus.REVOKED);
    assertThat(changed(OperatorAction.REMOVE).row().token()).isEmpty();
    assertThat(poll()).isEqualTo(Verdict.REFUSED);
    DeviceRecord reopened = changed(OperatorAction.REOPEN);
    assertThat(reopened.row().epoch()).as("identity, epoch and attempt are kept").isEqualTo(1);
    assertThat(reopened.row().attempt()).isEqualTo(3);
    assertThat(reopened.firstCommittedAt()).isPresent();
    assertThat(poll()).as("the old owner's key").isEqualTo(Verdict.SUPERSEDED);
  }

  @Test
  void act_whereTheStateForbidsIt_changesNothingAndSaysWhy() {
    confirm();
    DeviceChange change = act(OperatorAction.UNBLOCK);
    assertThat(change)
        .isEqualTo(new NotAllowed(RowStatus.ACTIVE, "the device is active; this needs blocked"));
    assertThat(poll()).isEqualTo(Verdict.CURRENT);
    assertThat(audit()).noneMatch(entry -> entry.action().equals("device.unblock"));
  }

  @Test
  void act_isAuditedWithWhoWhatAndFromWhere() {
    confirm();
    changed(OperatorAction.BLOCK);
    AuditLog.Entry newest = audit().get(0);
    assertThat(newest.actor()).isEqualTo(ALICE);
    assertThat(newest.action()).isEqualTo("device.block");
    assertThat(newest.productId()).contains("p");
    assertThat(newest.deviceId()).contains("d");
    assertThat(newest.detail()).contains("ACTIVE").contains("BLOCKED");
  }

  private List<AuditLog.Entry> audit() {
    return Await.get(registry.auditLog().page(AuditLog.Filter.ALL, 100));
  }

  @Test
  void approve_ofMany_approvesTheActiveOnesOnly() {
    List<DeviceRef> devices = Fixture.devices("p", 3);
    devices.forEach(d -> Await.get(registry.devices().confirm(Keys.enrolled(d))));
    Await.get(administration.preRegister(ALICE, "p", List.of("expected")));
    List<String> approved =
        Await.get(
            administration.approve(
                ALICE, "p", List.of("dev-2", "expected", "dev-0", "no-such-device")));
    assertThat(approved).containsExactly("dev-0", "dev-2");
    assertThat(Await.get(administration.get(devices.get(2))).orElseThrow().row().reEnrollApproved())
        .isTrue();
    assertThat(audit().stream().filter(e -> e.action().equals("device.approve"))).hasSize(2);
  }

  @Test
  void approve_underAPolicyOfNever_isRefused() {
    confirm();
    Fixture.update(registry, "p", Fixture.reEnroll(ReEnroll.NEVER));
    assertThat(act(OperatorAction.APPROVE)).isInstanceOf(NotAllowed.class);
    assertThat(Await.get(administration.approve(ALICE, "p", List.of("d")))).isEmpty();
  }

  @Test
  void preRegister_repeated_reportsWhatIsKnownAndTouchesNothing() {
    PreRegistration first =
        Await.get(administration.preRegister(ALICE, "p", List.of("a", "b", "a", "d")));
    assertThat(first.created()).isEqualTo(3);
    assertThat(first.existing()).isEmpty();
    confirm();
    changed(OperatorAction.REMOVE);
    PreRegistration second =
        Await.get(administration.preRegister(ALICE, "p", List.of("a", "c", "d")));
    assertThat(second.created()).isEqualTo(1);
    assertThat(second.existing())
        .containsExactly(
            new PreRegistration.Existing("a", RowStatus.EXPECTED),
            new PreRegistration.Existing("d", RowStatus.REMOVED));
    assertThat(database.count("device")).isEqualTo(4);
  }

  @Test
  void preRegister_forAnUnknownProduct_writesNothing() {
    PreRegistration result = Await.get(administration.preRegister(ALICE, "q", List.of("a")));
    assertThat(result.productKnown()).isFalse();
    assertThat(database.count("device")).isZero();
  }

  @Test
  void preRegister_ofOverlappingChunksAtOnce_createsEveryRowOnce() {
    List<Future<PreRegistration>> runs = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int from = i * 200;
      List<String> ids = IntStream.range(from, from + 600).mapToObj(n -> "n" + n).toList();
      runs.add(administration.preRegister(ALICE, "p", ids));
    }
    int created = runs.stream().mapToInt(run -> Await.get(run).created()).sum();
    assertThat(created).isEqualTo(1600);
    assertThat(database.count("device where status = 1")).isEqualTo(1600);
  }

  @Test
  void preRegister_ofAnIdThatIsNone_isRefused() {
    assertThatThrownBy(() -> administration.preRegister(ALICE, "p", List.of("a b")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a b");
  }

  @Test
  void list_byPages_meetsEveryDeviceOnceInOrder() {
    Fixture.product(registry, "q", OPEN);
    List<String> ids = IntStream.range(0, 25).mapToObj(n -> "n" + n).toList();
    Await.get(administration.preRegister(ALICE, "p", ids));
    Await.get(administration.preRegister(ALICE, "q", ids));
    List<DeviceRef> seen = new ArrayList<>();
    Optional<DeviceRef> after = Optional.empty();
    List<DeviceRecord> page;
    do {
      page = Await.get(administration.list(DeviceFilter.ALL, after, 7));
      page.forEach(device -> seen.add(device.ref()));
      after = page.isEmpty() ? Optional.empty() : Optional.of(page.get(page.size() - 1).ref());
    } while (!page.isEmpty());
    assertThat(seen).hasSize(50).doesNotHaveDuplicates();
    assertThat(seen.get(0)).isEqualTo(new DeviceRef("p", "n0"));
    assertThat(seen.get(49)).isEqualTo(new DeviceRef("q", "n9"));
  }

  @Test
  void list_withConditions_showsWhatMeetsThemAll() {
    Await.get(administration.preRegister(ALICE, "p", List.of("aa1", "aa2", "b1")));
    Await.get(registry.devices().confirm(Keys.enrolled(new DeviceRef("p", "aa2"))));
    assertThat(ids(DeviceFilter.ofProduct("p").withIdPrefix("aa"))).containsExactly("aa1", "aa2");
    assertThat(ids(DeviceFilter.ofProduct("p").withStatuses(Set.of(RowStatus.ACTIVE))))
        .containsExactly("aa2");
    assertThat(ids(DeviceFilter.ofProduct("p").withEpochs(0, 0))).containsExactly("aa1", "b1");
    assertThat(ids(DeviceFilter.ofProduct("q"))).isEmpty();
    assertThat(ids(DeviceFilter.ALL.withIdPrefix("%"))).isEmpty();
    assertThatThrownBy(() -> administration.list(DeviceFilter.ALL, Optional.empty(), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private List<String> ids(DeviceFilter filter) {
    return Await.get(administration.list(filter, Optional.empty(), 100)).stream()
        .map(device -> device.ref().deviceId())
        .toList();
  }

  /** Takes one item at a time, and remembers how many it was given without asking. */
  private final class SlowStream implements WriteStream<DeviceRecord> {
    final List<DeviceRecord> items = new ArrayList<>();
    int waiting;
    int mostWaiting;
    boolean ended;
    @Nullable Handler<Void> drain;

    @Override
    public WriteStream<DeviceRecord> exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public Future<Void> write(DeviceRecord device) {
      items.add(device);
      mostWaiting = Math.max(mostWaiting, ++waiting);
      if (waiting == 1) {
        database.vertx.setTimer(1, id -> drained());
      }
      return Future.succeededFuture();
    }

    private void drained() {
      waiting = 0;
      if (drain != null) {
        drain.handle(null);
      }
    }

    @Override
    public Future<Void> end() {
      ended = true;
      return Future.succeededFuture();
    }

    @Override
    public WriteStream<DeviceRecord> setWriteQueueMaxSize(int maxSize) {
      return this;
    }

    @Override
    public boolean writeQueueFull() {
      return waiting > 0;
    }

    @Override
    public WriteStream<DeviceRecord> drainHandler(@Nullable Handler<Void> handler) {
      drain = handler;
      return this;
    }
  }

  @Test
  void export_streamsEveryDeviceNoFasterThanTheyAreTaken() {
    List<String> ids = IntStream.range(0, 700).mapToObj(n -> "n" + n).toList();
    Await.get(administration.preRegister(ALICE, "p", ids));
    SlowStream out = new SlowStream();
    Future<Void> exported =
        database
            .vertx
            .<Void>executeBlocking(() -> null)
            .compose(v -> administration.export(DeviceFilter.ofProduct("p"), out));
    Await.get(exported);
    assertThat(out.ended).isTrue();
    assertThat(out.items.stream().map(device -> device.ref().deviceId()))
        .containsExactlyElementsOf(ids.stream().sorted().toList());
    assertThat(out.mostWaiting).isEqualTo(1);
  }

  @Test
  void auditAndEvents_cannotBeChanged() {
    confirm();
    changed(OperatorAction.BLOCK);
    for (String statement :
        List.of(
            "update audit set actor = 'mallory'",
            "delete from audit",
            "truncate audit",
            "update event set epoch = 9")) {
      assertThatThrownBy(() -> database.sql(statement)).hasMessageContaining("append-only");
    }
  }
}
