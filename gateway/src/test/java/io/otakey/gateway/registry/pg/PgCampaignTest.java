package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignChange;
import io.otakey.gateway.campaign.CampaignChange.Changed;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.CampaignVerb;
import io.otakey.gateway.campaign.Campaigns;
import io.otakey.gateway.campaign.Forecast;
import io.otakey.gateway.campaign.Goal;
import io.otakey.gateway.campaign.Member;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.campaign.Pace;
import io.otakey.gateway.campaign.Steering;
import io.otakey.gateway.campaign.StopRule;
import io.otakey.gateway.campaign.Tally;
import io.otakey.gateway.campaign.Target;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.LabelFilter;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.LeaseLostException;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Wanted;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Campaigns in the database, one step after the other, against devices that do as they are told.
 */
class PgCampaignTest {
  private static final UUID NODE = UUID.randomUUID();
  private static final Actor BOB = new Actor("bob", "192.0.2.2");

  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final Campaigns campaigns = registry.campaigns();
  private final CampaignLedger ledger = registry.campaignLedger();
  private Lease lease = new Lease(0);

  @BeforeEach
  void fleet() {
    Fixture.product(registry, "p", Fixture.OPEN);
    Fixture.devices("p", 10).forEach(ref -> commit(ref, 1, 0));
    lease = Await.get(ledger.lead(NODE)).orElseThrow();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void rotation_asksWaveByWave_andCountsWhatDevicesCommit() {
    long id = started(Orders.of("p").waves(20, 30));
    assertThat(campaign(id).waves()).extracting(Tally::devices).containsExactly(2L, 3L, 5L);
    assertThat(wanted()).as("nothing moves before it is asked").isEmpty();

    assertThat(ask(id, 100)).as("only the open wave").isEqualTo(2);
    List<DeviceRef> first = wanted();
    assertThat(first).hasSize(2);
    assertThat(ask(id, 100)).as("asked once").isZero();
    assertThat(next(id)).isEmpty();
    first.forEach(ref -> commit(ref, 2, 0));
    absorb();
    assertThat(count(id, MemberState.CONFIRMED)).isEqualTo(2);
    Steering.Turn turn = next(id).orElseThrow();
    assertThat(turn).isEqualTo(new Steering.Turn.OpenWave(2, false, ""));
    Await.get(ledger.steer(lease, campaign(id), turn));

    assertThat(ask(id, 2)).as("no more than allowed").isEqualTo(2);
    assertThat(ask(id, 2)).isEqualTo(1);
    wanted().forEach(ref -> commit(ref, 2, 0));
    absorb();
    steer(id);
    assertThat(ask(id, 100)).isEqualTo(5);
    wanted().forEach(ref -> commit(ref, 2, 0));
    absorb();
    steer(id);
    assertThat(campaign(id).state()).isEqualTo(CampaignState.FINISHED);
    assertThat(campaign(id).total()).isEqualTo(tally(Map.of(MemberState.CONFIRMED, 10L)));
    assertThat(database.count("event where kind = 2")).as("each exactly once").isEqualTo(10);
    countsAreTrue();
  }

  /** Sorted as text, 9 comes after 10, and what came after 9 would be read twice. */
  @Test
  void transactionsAreReadInTheOrderOfNumbers() {
    database.sql("update duty set seen_tx = '3', seen_id = 0 where name = 'campaigns'");
    database.sql(TestDatabase.EVENTS_OF_NINE_AND_TEN);
    assertThat(Await.get(ledger.absorb(lease, 2))).isEqualTo(2);
    assertThat(database.count("duty where name = 'campaigns' and seen_tx = '10'")).isEqualTo(1);
  }

  @Test
  void aMove_isDoneByAKeyThatWasGrantedWithThatConnectionAlone() {
    int home = connection("home");
    int away = connection("away");
    commit(ref(0), 2, away);
    long id = started(Orders.of("p").goal(new Goal.Move(away)));
    assertThat(campaign(id).total().devices()).as("one is there already").isEqualTo(9);
    assertThat(ask(id, 100)).isEqualTo(9);
    assertThat(record(1).wanted()).isEqualTo(new Wanted(0, away));
    commit(ref(1), 2, away);
    commit(ref(2), 2, home);
    commit(ref(3), 2, 0);
    absorb();
    assertThat(members(id, MemberState.CONFIRMED)).containsExactly(ref(1));
    commit(ref(2), 3, away);
    absorb();
    assertThat(members(id, MemberState.CONFIRMED)).containsExactly(ref(1), ref(2));
    countsAreTrue();
  }

  @Test
  void revocation_barsThem_evenBlockedOnes_andAuditsEach() {
    act(ref(0), OperatorAction.BLOCK);
    act(ref(1), OperatorAction.REMOVE);
    long id = started(Orders.of("p").goal(new Goal.Revoke()));
    act(ref(2), OperatorAction.REMOVE);
    assertThat(ask(id, 100)).isEqualTo(9);
    assertThat(campaign(id).total())
        .isEqualTo(tally(Map.of(MemberState.CONFIRMED, 8L, MemberState.REJECTED, 1L)));
    assertThat(record(0).row().status()).isEqualTo(RowStatus.REVOKED);
    assertThat(record(0).returnsTo()).isEmpty();
    assertThat(record(2).row().status()).isEqualTo(RowStatus.REMOVED);
    assertThat(database.count("audit where action = 'device.revoke' and actor = 'alice'"))
        .isEqualTo(8);
    steer(id);
    assertThat(campaign(id).state()).isEqualTo(CampaignState.FINISHED);
    countsAreTrue();
  }

  @Test
  void aDeviceThatGivesUp_isAskedAgainOnce_thenFails_andItsWishIsTakenBack() {
    long id = started(Orders.of("p").retries(1));
    assertThat(ask(id, 1)).isEqualTo(1);
    DeviceRef unlucky = wanted().get(0);
    abandon(unlucky, 0);
    absorb();
    assertThat(members(id, MemberState.QUEUED)).hasSize(10);
    abandon(unlucky, 0);
    absorb();
    assertThat(members(id, MemberState.QUEUED)).as("a repeated ABANDON says nothing").hasSize(10);
    assertThat(ask(id, 10)).isEqualTo(10);
    abandon(unlucky, 1);
    absorb();
    assertThat(members(id, MemberState.FAILED)).containsExactly(unlucky);
    Member member = member(id, unlucky);
    assertThat(member.tries()).isEqualTo(2);
    assertThat(member.reason()).isEqualTo(OptionalInt.of(2));
    assertThat(wanted()).hasSize(9).doesNotContain(unlucky);

    commit(unlucky, 2, 0, 2);
    absorb();
    assertThat(members(id, MemberState.CONFIRMED)).as("late is not never").contains(unlucky);
    countsAreTrue();
  }

  @Test
  void aDeviceThatGivesUpUnasked_isNoneOfTheCampaigns() {
    long id = started(Orders.of("p"));
    abandon(ref(3), 0);
    absorb();
    assertThat(members(id, MemberState.QUEUED)).hasSize(10);
    assertThat(ask(id, 100)).isEqualTo(10);
    countsAreTrue();
  }

  @Test
  void aSilentDevice_isAskedAgain_thenGivenUp_unlessItsRowIsThere() {
    long id = started(Orders.of("p").retries(1));
    assertThat(ask(id, 2)).isEqualTo(2);
    assertThat(expire(id)).as("not yet").isZero();
    DeviceRef done = wanted().get(0);
    commit(done, 2, 0); // nobody reads its event
    pass(id);
    assertThat(expire(id)).isEqualTo(2);
    assertThat(members(id, MemberState.CONFIRMED)).containsExactly(done);
    assertThat(members(id, MemberState.QUEUED)).hasSize(9);
    DeviceRef silent = wanted().get(0);
    assertThat(ask(id, 100)).isEqualTo(9);
    DeviceRef gone = wanted().stream().filter(ref -> !ref.equals(silent)).findAny().orElseThrow();
    act(gone, OperatorAction.REMOVE);
    pass(id);
    assertThat(expire(id)).isEqualTo(9);
    assertThat(members(id, MemberState.REJECTED)).containsExactly(gone);
    assertThat(members(id, MemberState.TIMED_OUT)).containsExactly(silent);
    assertThat(wanted()).as("the others wait to be asked again").hasSize(7);
    countsAreTrue();
  }

  @Test
  void devicesThatWereAskedFarApart_areGivenUpEachInItsTime() {
    long id = started(Orders.of("p"));
    assertThat(ask(id, 1)).isEqualTo(1);
    List<DeviceRef> first = wanted();
    pass(id);
    database.sql("update campaign_ask set span = span - 1");
    assertThat(ask(id, 1)).isEqualTo(1);
    assertThat(expire(id)).isEqualTo(1);
    assertThat(members(id, MemberState.TIMED_OUT)).isEqualTo(first);
    pass(id);
    assertThat(expire(id)).isEqualTo(1);
    assertThat(members(id, MemberState.TIMED_OUT)).hasSize(2);
    countsAreTrue();
  }

  @Test
  void aBlockedDevice_isRejected_andCanBeRetried() {
    long id = started(Orders.of("p"));
    act(ref(4), OperatorAction.BLOCK);
    assertThat(ask(id, 100)).isEqualTo(10);
    assertThat(members(id, MemberState.REJECTED)).containsExactly(ref(4));
    act(ref(4), OperatorAction.UNBLOCK);
    assertThat(verb(id, CampaignVerb.RETRY_FAILED, ALICE)).isInstanceOf(Changed.class);
    assertThat(campaign(id).base().failures()).as("rules look ahead").isZero();
    assertThat(ask(id, 100)).isEqualTo(1);
    assertThat(record(4).wanted().epoch()).isEqualTo(2);
    countsAreTrue();
  }

  @Test
  void abort_takesBackWhatHasNotHappened_andNothingElse() {
    long id = started(Orders.of("p"));
    assertThat(ask(id, 6)).isEqualTo(6);
    List<DeviceRef> asked = wanted();
    commit(asked.get(0), 2, 0);
    want(asked.get(1), 7);
    assertThat(verb(id, CampaignVerb.ABORT, BOB)).isInstanceOf(Changed.class);
    assertThat(ask(id, 6)).as("at once").isZero();
    while (campaign(id).state() == CampaignState.STOPPING) {
      Await.get(ledger.cancel(lease, campaign(id), 3));
    }
    assertThat(campaign(id).state()).isEqualTo(CampaignState.STOPPED);
    assertThat(campaign(id).why()).isEqualTo("aborted by bob");
    assertThat(campaign(id).total())
        .isEqualTo(tally(Map.of(MemberState.CONFIRMED, 1L, MemberState.CANCELED, 9L)));
    assertThat(wanted()).as("somebody else's wish stays").containsExactly(asked.get(1));
    countsAreTrue();
  }

  @Test
  void approval_isSomebodyElses() {
    long denied = planned(Orders.of("p").needsApproval());
    assertThat(campaign(denied).state()).isEqualTo(CampaignState.WAITING_FOR_APPROVAL);
    assertThat(verb(denied, CampaignVerb.DENY, BOB)).isInstanceOf(Changed.class);
    assertThat(campaign(denied).state()).isEqualTo(CampaignState.DENIED);
    long id = planned(Orders.of("p").needsApproval().startsItself());
    assertThat(verb(id, CampaignVerb.START, BOB)).isInstanceOf(CampaignChange.NotAllowed.class);
    assertThat(verb(id, CampaignVerb.APPROVE, ALICE)).isInstanceOf(CampaignChange.NotAllowed.class);
    assertThat(verb(id, CampaignVerb.APPROVE, BOB)).isInstanceOf(Changed.class);
    assertThat(campaign(id).state()).isEqualTo(CampaignState.RUNNING);
    assertThat(campaign(id).approvedBy()).contains("bob");
    assertThat(verb(99, CampaignVerb.DENY, BOB)).isEqualTo(new CampaignChange.NotFound(99));
    assertThat(database.count("audit where action like 'campaign.%' and product_id = 'p'"))
        .isEqualTo(4);
  }

  @Test
  void aDevice_isInOneUnfinishedCampaignAlone() {
    long first =
        planned(
            Orders.of("p")
                .target(target("", none(), none(), none(), List.of("dev-0", "dev-1"), 100)));
    Forecast forecast = Await.get(campaigns.forecast(Orders.of("p").waves(50).make()));
    assertThat(forecast).isEqualTo(new Forecast(List.of(4L, 4L), 2));
    long second = started(Orders.of("p"));
    assertThat(campaign(second).total().devices()).isEqualTo(8);
    assertThat(campaign(second).busy()).isEqualTo(2);
    long third = planned(Orders.of("p"));
    assertThat(campaign(third).state()).isEqualTo(CampaignState.STOPPED);
    assertThat(campaign(third).why()).isEqualTo("no device matches; 10 are in other campaigns");
    assertThat(campaign(first).state()).isEqualTo(CampaignState.READY);
  }

  @Test
  void target_narrowsByFirmwarePlatformAgePrefixAndSample() {
    int home = connection("home");
    commit(ref(1), 2, home);
    commit(ref(2), 2, home);
    database.sql("update device set firmware = '2.0' where device_id in ('dev-2', 'dev-3')");
    database.sql(
        "update device set committed_at = now() - interval '90 days' where device_id < 'dev-4'");
    Target all = Target.product("p");
    assertThat(matching(all)).isEqualTo(10);
    assertThat(matching(target("dev-1", none(), none(), none(), List.of(), 100))).isEqualTo(1);
    assertThat(matching(target("", Optional.of("2.0"), none(), none(), List.of(), 100)))
        .isEqualTo(2);
    assertThat(matching(target("", none(), Optional.of("home"), none(), List.of(), 100)))
        .isEqualTo(2);
    assertThat(
            matching(target("", none(), none(), Optional.of(Duration.ofDays(89)), List.of(), 100)))
        .isEqualTo(4);
    Fixture.devices("p", 1000).stream().skip(10).forEach(ref -> commit(ref, 1, 0));
    assertThat(matching(target("", none(), none(), none(), List.of(), 30)))
        .as("a sample")
        .isBetween(220L, 380L);
  }

  @Test
  void lateJoiners_comeToTheOpenWave() {
    long id = started(Orders.of("p"));
    database.sql("update campaign set join_until = now() + interval '1 hour'");
    commit(new DeviceRef("p", "late"), 1, 0);
    Await.get(ledger.join(lease, campaign(id)));
    assertThat(campaign(id).total().devices()).as("looked less than a minute ago").isEqualTo(10);
    database.sql("update campaign set planned_at = now() - interval '2 minutes'");
    Await.get(ledger.join(lease, campaign(id)));
    Await.get(ledger.join(lease, campaign(id)));
    assertThat(campaign(id).total().devices()).isEqualTo(11);
    assertThat(ask(id, 100)).isEqualTo(11);
    countsAreTrue();
  }

  @Test
  void whoeverLostTheLease_changesNothing() {
    long id = started(Orders.of("p"));
    UUID other = UUID.randomUUID();
    assertThat(Await.get(ledger.lead(other))).as("taken").isEmpty();
    assertThat(Await.get(ledger.lead(NODE))).as("kept").contains(lease);
    database.sql("update duty set expires_at = now()");
    Lease others = Await.get(ledger.lead(other)).orElseThrow();
    assertThat(others.fence()).isGreaterThan(lease.fence());
    assertThatThrownBy(() -> ask(id, 10)).isInstanceOf(LeaseLostException.class);
    assertThatThrownBy(this::absorb).isInstanceOf(LeaseLostException.class);
    assertThat(wanted()).isEmpty();
    Await.get(ledger.resign(other));
    assertThat(Await.get(ledger.lead(NODE))).as("at once").isPresent();
  }

  @Test
  void whoeverFreezesInATransaction_keepsTheLeaseNoLongerThanItLasts() {
    var frozen = Await.get(database.database().admin().getConnection());
    Database.quiet(frozen);
    Await.get(frozen.begin());
    Await.get(frozen.query("select 1 from duty where name = 'campaigns' for update").execute());
    long begun = System.nanoTime();
    UUID other = UUID.randomUUID();
    Await.until("another node takes it", () -> Await.get(ledger.lead(other)).isPresent());
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void noEventIsMissed_whenALaterTransactionCommitsFirst() {
    long id = started(Orders.of("p"));
    assertThat(ask(id, 100)).isEqualTo(10);
    var slow = Await.get(database.database().admin().getConnection());
    var open = Await.get(slow.begin());
    commitRow(slow, ref(0), 2); // takes its event's id first, commits last
    commit(ref(1), 2, 0);
    Await.get(ledger.absorb(lease, 100));
    Await.get(open.commit());
    Await.get(slow.close());
    absorb();
    assertThat(members(id, MemberState.CONFIRMED)).containsExactly(ref(0), ref(1));
  }

  private void commitRow(io.vertx.sqlclient.SqlClient client, DeviceRef ref, long epoch) {
    var values =
        io.vertx.sqlclient.Tuple.of(
            ref.productId(),
            ref.deviceId(),
            epoch,
            io.vertx.core.buffer.Buffer.buffer(token(0, 0, 5).encode().toBytes()));
    Await.get(
        client
            .preparedQuery(
                "update device set epoch = $3, token = $4 where product_id = $1 and device_id = $2")
            .execute(values));
    Await.get(
        client
            .preparedQuery(
                "insert into event (kind, product_id, device_id, epoch, token)"
                    + " values (2, $1, $2, $3, $4)")
            .execute(values));
  }

  @Test
  void codesInTheDatabase_neverChange() {
    assertThat(names(MemberState.values()))
        .isEqualTo("QUEUED NOTIFIED CONFIRMED FAILED REJECTED TIMED_OUT CANCELED");
    assertThat(names(CampaignState.values()))
        .isEqualTo(
            "PLANNING WAITING_FOR_APPROVAL DENIED READY RUNNING PAUSED STOPPING STOPPED FINISHED");
    assertThat(names(StopRule.Failure.values())).isEqualTo("ANY FAILED REJECTED TIMED_OUT");
    assertThat(names(StopRule.Action.values())).isEqualTo("PAUSE ABORT");
    assertThat(names(Pace.Counting.values())).isEqualTo("NOTIFIED CONFIRMED");
  }

  private static String names(Enum<?>[] all) {
    return String.join(" ", List.of(all).stream().map(Enum::name).toList());
  }

  // Orders.

  private static Target target(
      String prefix,
      Optional<String> firmware,
      Optional<String> platform,
      Optional<Duration> age,
      List<String> ids,
      int percent) {
    return new Target(Set.of("p"), prefix, firmware, platform, age, ids, percent, LabelFilter.ALL);
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  private long matching(Target target) {
    return Await.get(campaigns.forecast(Orders.of("p").target(target).make())).devices();
  }

  // Steps.

  private long planned(Orders order) {
    long id = Await.get(campaigns.create(ALICE, order.make())).id();
    Await.get(ledger.plan(lease, campaign(id)));
    return id;
  }

  private long started(Orders order) {
    long id = planned(order);
    assertThat(verb(id, CampaignVerb.START, ALICE)).isInstanceOf(Changed.class);
    return id;
  }

  private CampaignChange verb(long id, CampaignVerb verb, Actor actor) {
    return Await.get(campaigns.act(actor, verb, id));
  }

  private int ask(long id, int limit) {
    return Await.get(ledger.ask(lease, campaign(id), limit)).devices();
  }

  private int expire(long id) {
    return Await.get(ledger.expire(lease, campaign(id), 100));
  }

  private void absorb() {
    database.olderTransactionsEnd();
    Await.get(ledger.absorb(lease, 100));
  }

  private Optional<Steering.Turn> next(long id) {
    return Steering.next(campaign(id), false);
  }

  private void steer(long id) {
    Await.get(ledger.steer(lease, campaign(id), next(id).orElseThrow()));
  }

  /** Two hours go by. */
  private void pass(long id) {
    database.sql("update campaign_ask set at = at - interval '2 hours' where campaign_id = $1", id);
  }

  // What devices and operators do.

  private static DeviceRef ref(int number) {
    return new DeviceRef("p", "dev-" + number);
  }

  private static GrantToken token(int attempt, int connection, long epoch) {
    GrantToken.Kind kind = epoch == 1 ? GrantToken.Kind.ENROLL : GrantToken.Kind.ROTATE;
    return new GrantToken(
        1, kind, epoch == 1 ? 1 : 0, 1, attempt, connection, Keys.salt((int) epoch));
  }

  private void commit(DeviceRef ref, long epoch, int connection) {
    commit(ref, epoch, connection, 0);
  }

  private void commit(DeviceRef ref, long epoch, int connection, int attempt) {
    Await.get(registry.devices().confirm(Keys.use(ref, epoch, token(attempt, connection, epoch))));
    assertThat(record(ref).row().epoch()).isEqualTo(epoch);
  }

  private void abandon(DeviceRef ref, int attempt) {
    Await.get(registry.devices().abandon(Keys.use(ref, 1, token(0, 0, 1)), attempt, 2));
  }

  private void act(DeviceRef ref, OperatorAction action) {
    Await.get(registry.administration().act(ALICE, action, ref));
  }

  private void want(DeviceRef ref, long epoch) {
    database.sql("update device set wanted_epoch = $2 where device_id = $1", ref.deviceId(), epoch);
  }

  private int connection(String platform) {
    var connection =
        new io.otakey.gateway.registry.Connection(
            platform, "mqtt", "host", 1883, none(), none(), none(), none());
    return Await.get(registry.connections().create(ALICE, connection)).id();
  }

  // What there is.

  private Campaign campaign(long id) {
    return Await.get(campaigns.get(id)).orElseThrow();
  }

  private long count(long id, MemberState state) {
    return campaign(id).total().of(state);
  }

  private List<DeviceRef> members(long id, MemberState state) {
    return Await.get(campaigns.members(id, Optional.of(state), Optional.empty(), 100)).stream()
        .map(Member::ref)
        .toList();
  }

  private Member member(long id, DeviceRef ref) {
    return Await.get(campaigns.members(id, Optional.empty(), Optional.empty(), 100)).stream()
        .filter(member -> member.ref().equals(ref))
        .findFirst()
        .orElseThrow();
  }

  private DeviceRecord record(int number) {
    return record(ref(number));
  }

  private DeviceRecord record(DeviceRef ref) {
    return Await.get(registry.administration().get(ref)).orElseThrow();
  }

  /** Devices of which something is wanted that has not happened yet. */
  private List<DeviceRef> wanted() {
    return database
        .sql(
            "select device_id from device where wanted_epoch > epoch or wanted_connection <> 0"
                + " order by 1")
        .stream()
        .map(row -> new DeviceRef("p", row.getString(0)))
        .toList();
  }

  private static Tally tally(Map<MemberState, Long> counts) {
    return Tally.NONE.plus(new Tally(counts));
  }

  /** What is counted along is what there is. */
  private void countsAreTrue() {
    assertThat(
            database.sql(
                """
                select campaign_id, wave, state, devices from campaign_count where devices <> 0
                except select campaign_id, wave,
                    case when state = 1 and position <= asked_to then 2 else state end, count(*)
                  from campaign_device m join campaign_wave w using (campaign_id, wave)
                  group by 1, 2, 3
                """))
        .isEmpty();
    assertThat(Await.get(campaigns.list(Set.of("p"), Set.of(), OptionalLong.empty(), 100)))
        .isNotEmpty();
  }
}
