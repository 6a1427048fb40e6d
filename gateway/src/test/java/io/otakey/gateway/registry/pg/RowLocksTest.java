package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.AwaitingDevice.Reason.RE_ENROLLMENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.campaign.Asking;
import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.Observation;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whoever writes rows of several devices, while another transaction holds one of them: all lock in
 * the order of keys, as batches of commits do, or they would wait for each other.
 */
class RowLocksTest {
  private static final int DEVICES = 40;

  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final CampaignLedger ledger = registry.campaignLedger();
  private Lease lease = new Lease(0);
  private Campaign campaign;
  private SqlConnection other;
  private Transaction held;

  @BeforeEach
  void start() {
    Fixture.product(registry, "p", Fixture.OPEN);
    database.sql(
        "insert into device (product_id, device_id, status, epoch, token, committed_at)"
            + " select 'p', 'dev-' || i, 2, 1, '\\x010101010000000011223344556677'::bytea, now()"
            + " from generate_series(9 + $1, 10, -1) i",
        DEVICES);
    database.sql("analyze device"); // where the planner knows how few there are, it reads them all
    lease = Await.get(ledger.lead(UUID.randomUUID())).orElseThrow();
    Orders order = Orders.of("p").startsItself();
    long id = Await.get(registry.campaigns().create(Fixture.ALICE, order.make())).id();
    Await.get(ledger.plan(lease, campaign(id)));
    campaign = campaign(id);
    other = Await.get(database.database().admin().getConnection());
    held = Await.get(other.begin());
  }

  @AfterEach
  void close() {
    Await.get(other.close());
    database.close();
  }

  @Test
  void aCampaign_locksInOrder() {
    Future<Asking> asking = inOrder(() -> ledger.ask(lease, campaign, 100));
    assertThat(Await.get(asking).asked()).hasSize(DEVICES);
  }

  @Test
  void aWish_locksInOrder() {
    var wanted =
        inOrder(
            () ->
                registry
                    .administration()
                    .want(Fixture.ALICE, new Wish.Rotate(), "p", ids(10, 10 + DEVICES)));
    assertThat(Await.get(wanted)).hasSize(DEVICES);
  }

  @Test
  void anApproval_locksInOrder() {
    database.sql("update product set re_enroll = 1");
    var approved =
        inOrder(() -> registry.administration().approve(Fixture.ALICE, "p", ids(10, 10 + DEVICES)));
    assertThat(Await.get(approved)).hasSize(DEVICES);
  }

  @Test
  void observations_lockInOrder() {
    inOrder(
        () -> {
          ids(10, 10 + DEVICES)
              .forEach(id -> registry.devices().observe(new DeviceRef("p", id), Observation.SEEN));
          return Future.succeededFuture();
        });
    Await.until(
        "all are written", () -> database.count("device where last_seen is not null") == DEVICES);
  }

  @Test
  void requestsForAnOperator_lockInOrder() {
    database.sql(
        "insert into awaiting select 'p', device_id, 1, now(), now(), 1 from device order by 2 desc");
    var behind =
        new WriteBehind(database.vertx, database.database().hot(), new SimpleMeterRegistry());
    change("update awaiting set count = count where device_id = 'dev-29'");
    ids(10, 10 + DEVICES).forEach(id -> behind.await(new DeviceRef("p", id), RE_ENROLLMENT));
    Future<Void> written = behind.flush();
    whoWaits_hasLockedAllBefore("awaiting");
    Await.get(held.commit());
    Await.get(written);
    assertThat(database.count("awaiting where count = 2")).isEqualTo(DEVICES);
    Await.get(behind.close());
  }

  /** Who waits for the device in the middle has locked all before it, and none behind it. */
  private <T> Future<T> inOrder(Supplier<Future<T>> step) {
    change("update device set version = version where device_id = 'dev-29'");
    Future<T> waiting = step.get();
    whoWaits_hasLockedAllBefore("device");
    Await.get(held.commit());
    return waiting;
  }

  private void whoWaits_hasLockedAllBefore(String table) {
    Await.until("it waits for the row", () -> database.count(TestDatabase.LOCK_AWAITED) == 1);
    assertThat(database.sql("select device_id from " + table + " for update skip locked"))
        .extracting(row -> row.getString(0))
        .containsExactlyInAnyOrderElementsOf(ids(30, 10 + DEVICES));
  }

  @Test
  void whatADeviceHasBecomeMeanwhile_counts() {
    change("update device set status = 3, returns_to = 2 where device_id = 'dev-12'");
    change("update device set epoch = 2 where device_id = 'dev-15'");
    Future<Asking> asking = asking();
    Await.get(held.commit());
    assertThat(Await.get(asking).asked()).hasSize(DEVICES - 2);
    assertThat(database.sql("select device_id from device where wanted_epoch = 0 order by 1"))
        .extracting(row -> row.getString(0))
        .containsExactly("dev-12", "dev-15");
    Campaign now = campaign(campaign.id());
    assertThat(now.total().of(MemberState.REJECTED)).isEqualTo(1);
    assertThat(now.total().of(MemberState.CONFIRMED)).isEqualTo(1);
    assertThat(now.total().of(MemberState.NOTIFIED)).isEqualTo(DEVICES - 2);
  }

  private void change(String sql) {
    Await.get(other.query(sql).execute());
  }

  /** Asks all, and waits for the other transaction. */
  private Future<Asking> asking() {
    Future<Asking> asking = ledger.ask(lease, campaign, 100);
    Await.until("it waits for the row", () -> database.count(TestDatabase.LOCK_AWAITED) == 1);
    return asking;
  }

  private static List<String> ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "dev-" + i).toList();
  }

  private Campaign campaign(long id) {
    return Await.get(registry.campaigns().get(id)).orElseThrow();
  }
}
