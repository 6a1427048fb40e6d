package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.PlatformBed.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.platform.Debt;
import io.otakey.gateway.platform.Owed;
import io.otakey.gateway.platform.Owed.Work;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.PlatformLedger;
import io.otakey.gateway.platform.Reconciliation;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.LeaseLostException;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.LoginName;
import io.otakey.protocol.wire.Token;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What platforms are owed, one step after the other. */
class PlatformLedgerTest {
  private static final UUID NODE = UUID.randomUUID();
  private static final Duration HOUR = Duration.ofHours(1);
  private static final DeviceRef DEVICE = ref(1);

  @TempDir private static Path folder;

  private final PlatformBed bed = new PlatformBed(folder);
  private final PlatformLedger ledger = bed.ledger;
  private Lease lease = new Lease(0);

  @BeforeEach
  void lead() {
    lease = Await.get(ledger.lead(NODE)).orElseThrow();
  }

  @AfterEach
  void close() {
    bed.close();
  }

  @Test
  void anEnrolledDevice_getsItsLogin_onThePlatformOfItsConnectionAlone() {
    KeyRef key = enrolled(bed.atHome);
    assertThat(owed("home")).containsExactly(owed(Work.PREPARE, key));
    assertThat(owed("away")).isEmpty();
    pay("home");
    assertThat(owed("home")).isEmpty();
    assertThat(debt("home").there()).isEqualTo(1);
  }

  /** Sorted as text, 9 comes after 10, and what came after 9 would be settled twice. */
  @Test
  void transactionsAreSettledInTheOrderOfNumbers() {
    bed.database.sql("update duty set seen_tx = '3', seen_id = 0 where name = 'platforms'");
    bed.database.sql(TestDatabase.EVENTS_OF_NINE_AND_TEN);
    assertThat(Await.get(ledger.settle(lease, 2))).isEqualTo(2);
    assertThat(bed.database.count("duty where name = 'platforms' and seen_tx = '10'")).isEqualTo(1);
  }

  @Test
  void aDeviceOnAPlatformThatAsks_isOwedNothing() {
    enrolled(bed.atAsking);
    assertThat(bed.database.count("credential")).isZero();
  }

  @Test
  void aRotation_keepsTheOldLogin_untilTheNewKeyIsCommitted_andThenEndsIt() {
    KeyRef old = there(bed.atHome);
    KeyRef fresh = granted(bed.atHome);
    settle();
    sweep("home");
    assertThat(owed("home")).as("both stand side by side").isEmpty();
    assertThat(bed.commit(fresh)).isTrue();
    settle();
    assertThat(owed("home")).as("prepared already").containsExactly(owed(Work.RETIRE, old));
    pay("home");
    assertThat(bed.database.count("credential")).isEqualTo(1);
    assertThat(debt("home").there()).isEqualTo(1);
  }

  @Test
  void aMove_endsTheLoginOnTheOldPlatform() {
    KeyRef old = there(bed.atHome);
    KeyRef fresh = granted(bed.atAway);
    assertThat(bed.commit(fresh)).isTrue();
    settle();
    assertThat(owed("home")).containsExactly(owed(Work.RETIRE, old));
    assertThat(owed("away")).isEmpty();
    pay("home");
    assertThat(debt("home").there()).isZero();
    assertThat(debt("away").there()).isEqualTo(1);
  }

  @Test
  void anAbandonedGrant_isRolledBack_andTheKeyInUseStays() {
    there(bed.atHome);
    KeyRef given = granted(bed.atAway);
    bed.abandon(given);
    settle();
    assertThat(owed("away")).containsExactly(owed(Work.ROLL_BACK, given));
    assertThat(owed("home")).isEmpty();
    pay("away");
    assertThat(bed.database.count("credential")).isEqualTo(1);
  }

  @Test
  void aGrantThatNobodyConfirms_isRolledBackInTime_andMadeAnewIfItIsConfirmedAfterAll() {
    KeyRef old = there(bed.atHome);
    KeyRef late = bed.key(DEVICE, bed.atHome);
    grant(late, Duration.ofHours(-1));
    assertThat(owed("home")).containsExactly(owed(Work.ROLL_BACK, late));
    pay("home");
    assertThat(bed.commit(late)).isTrue();
    settle();
    assertThat(owed("home"))
        .containsExactlyInAnyOrder(owed(Work.PREPARE, late), owed(Work.RETIRE, old));
  }

  @Test
  void aCommitWhileItsGrantIsBeingRolledBack_winsWhateverTheRollBackDoes() {
    there(bed.atHome);
    KeyRef late = bed.key(DEVICE, bed.atHome);
    grant(late, Duration.ofHours(-1));
    List<Owed> underWay = due("home");
    assertThat(bed.commit(late)).isTrue();
    settle();
    Await.get(ledger.done("home", underWay));
    Await.get(ledger.failed("home", underWay, "too late"));
    assertThat(owed("home")).contains(owed(Work.PREPARE, late));
  }

  @Test
  void barring_endsTheLogin_andLettingBackInMakesItAnew() {
    KeyRef key = there(bed.atHome);
    bed.act(DEVICE, OperatorAction.BLOCK);
    settle();
    assertThat(owed("home")).containsExactly(owed(Work.RETIRE, key));
    pay("home");
    bed.act(DEVICE, OperatorAction.UNBLOCK);
    settle();
    assertThat(owed("home")).containsExactly(owed(Work.PREPARE, key));
    pay("home");
    bed.act(DEVICE, OperatorAction.REMOVE);
    settle();
    assertThat(owed("home")).containsExactly(owed(Work.RETIRE, key));
  }

  @Test
  void whatIsWantedAgain_beforeItWasEnded_isMade_andTheEndThatIsUnderWayDoesNotCount() {
    KeyRef key = there(bed.atHome);
    bed.act(DEVICE, OperatorAction.BLOCK);
    settle();
    List<Owed> underWay = due("home");
    bed.act(DEVICE, OperatorAction.UNBLOCK);
    settle();
    Await.get(ledger.done("home", underWay));
    assertThat(owed("home")).containsExactly(owed(Work.PREPARE, key));
  }

  @Test
  void aReset_keepsTheLoginOfTheKeyInUse_untilTheDeviceHasEnrolledAgain() {
    KeyRef key = there(bed.atHome);
    bed.act(DEVICE, OperatorAction.RESET);
    settle();
    assertThat(owed("home")).isEmpty();
    KeyRef again = bed.key(DEVICE, bed.atHome);
    assertThat(bed.commit(again)).isTrue();
    settle();
    assertThat(owed("home"))
        .containsExactlyInAnyOrder(owed(Work.PREPARE, again), owed(Work.RETIRE, key));
  }

  @Test
  void whatFails_isDueAgainLaterAndLater_butNeverGivenUp() {
    KeyRef key = enrolled(bed.atHome);
    for (int tries = 1; tries <= 15; tries++) {
      Await.get(ledger.failed("home", due("home"), "connection refused"));
      assertThat(owed("home")).as("not at once").isEmpty();
      double pause =
          bed.database
              .sql("select extract(epoch from due_at - now())::float8 from credential")
              .get(0)
              .getDouble(0);
      double full = Math.min(600, Math.pow(2, Math.min(tries - 1, 12)));
      assertThat(pause).isBetween(full / 2 - 1, full * 1.5);
      bed.database.sql("update credential set due_at = now()");
    }
    assertThat(due("home")).extracting(Owed::tries).containsExactly(15);
    assertThat(debt("home").why()).contains("connection refused");
    assertThat(owed("home")).containsExactly(owed(Work.PREPARE, key));
  }

  @Test
  void aGrantThatIsRepeated_isNotedOnce_andOneThatIsCurrentStaysCurrent() {
    there(bed.atHome);
    KeyRef fresh = granted(bed.atHome);
    grant(fresh, HOUR);
    assertThat(debt("home").granted()).isEqualTo(1);
    bed.commit(fresh);
    settle();
    pay("home");
    grant(fresh, HOUR);
    assertThat(debt("home").there()).isEqualTo(1);
    assertThat(debt("home").granted()).isZero();
  }

  @Test
  void noCommitIsMissed_whenALaterTransactionEndsFirst() {
    KeyRef old = there(bed.atHome);
    KeyRef fresh = granted(bed.atHome);
    var slow = Await.get(bed.database.database().admin().getConnection());
    var open = Await.get(slow.begin());
    Await.get( // takes its event's id first, ends last
        slow.preparedQuery(
                "insert into event (kind, product_id, device_id, epoch, token)"
                    + " values (2, $1, $2, 2, $3)")
            .execute(
                io.vertx.sqlclient.Tuple.of(
                    DEVICE.productId(),
                    DEVICE.deviceId(),
                    io.vertx.core.buffer.Buffer.buffer(fresh.token().toBytes()))));
    KeyRef other = bed.key(ref(2), bed.atAsking);
    assertThat(bed.commit(other)).isTrue();
    Await.get(ledger.settle(lease, 100));
    Await.get(
        slow.preparedQuery(
                "update device set epoch = 2, token = $3 where product_id = $1 and device_id = $2")
            .execute(
                io.vertx.sqlclient.Tuple.of(
                    DEVICE.productId(),
                    DEVICE.deviceId(),
                    io.vertx.core.buffer.Buffer.buffer(fresh.token().toBytes()))));
    Await.get(open.commit());
    Await.get(slow.close());
    settle();
    assertThat(owed("home")).containsExactly(owed(Work.RETIRE, old));
  }

  @Test
  void whoeverLostTheLease_changesNothing() {
    enrolled(bed.atHome);
    bed.database.sql("update duty set expires_at = now() where name = 'platforms'");
    Lease others = Await.get(ledger.lead(UUID.randomUUID())).orElseThrow();
    assertThat(others.fence()).isGreaterThan(lease.fence());
    assertThatThrownBy(() -> Await.get(ledger.settle(lease, 10)))
        .isInstanceOf(LeaseLostException.class);
    assertThatThrownBy(() -> Await.get(ledger.sweep(lease, "home", Optional.empty(), 10)))
        .isInstanceOf(LeaseLostException.class);
    assertThatThrownBy(() -> Await.get(ledger.seen(lease, "home", 1, List.of())))
        .isInstanceOf(LeaseLostException.class);
    assertThat(Await.get(ledger.lead(NODE))).isEmpty();
  }

  @Test
  void aPlatformThatIsRegisteredLater_isOwedTheLoginsOfThoseWhoAreOnIt() {
    KeyRef key = enrolled(bed.atAsking);
    bed.put("asking");
    sweep("asking");
    assertThat(due("asking")).extracting(Owed::key).containsExactly(key);
  }

  @Test
  void aComparison_findsWhatIsMissing_andWhatNobodyNeeds_andLeavesStrangersAlone() {
    KeyRef key = there(bed.atHome);
    Reconciliation begun = begun("home");
    LoginName nobodys = new LoginName(ref(7), Token.of(new byte[15]));
    LoginName strangers = new LoginName(new DeviceRef("q", "dev-1"), Token.of(new byte[15]));
    PlatformLedger.Seen seen =
        Await.get(ledger.seen(lease, "home", begun.run(), List.of(nobodys, strangers)));
    assertThat(seen).isEqualTo(new PlatformLedger.Seen(1, 1));
    Await.get(ledger.reconciled(lease, begun));
    assertThat(due("home"))
        .extracting(owed -> PlatformBed.name(owed.key()))
        .containsExactlyInAnyOrder(PlatformBed.name(key), nobodys.toString());
    Reconciliation ended = Await.get(bed.platforms.reconciliation("home")).orElseThrow();
    assertThat(ended.endedAt()).isPresent();
    assertThat(ended.missing()).isEqualTo(1);
  }

  @Test
  void aLoginThatWasCopiedToAnotherPlatform_isTakenBackThereAlone() {
    KeyRef key = there(bed.atHome);
    Reconciliation begun = begun("away");
    LoginName name = LoginName.parse(PlatformBed.name(key)).orElseThrow();
    PlatformLedger.Seen seen = Await.get(ledger.seen(lease, "away", begun.run(), List.of(name)));
    assertThat(seen.extra()).isEqualTo(1);
    assertThat(owed("away")).containsExactly(owed(Work.ROLL_BACK, key));
    pay("away");
    sweep("home");
    assertThat(owed("home")).isEmpty();
    assertThat(debt("home").there()).isEqualTo(1);
  }

  @Test
  void aComparison_thatFindsEverything_mendsNothing() {
    KeyRef key = there(bed.atHome);
    Reconciliation begun = begun("home");
    LoginName name = LoginName.parse(PlatformBed.name(key)).orElseThrow();
    Await.get(ledger.seen(lease, "home", begun.run(), List.of(name)));
    Await.get(ledger.reconciled(lease, begun));
    assertThat(due("home")).isEmpty();
  }

  @Test
  void whatIsAskedForDuringAComparison_isAnsweredByTheNext() {
    Reconciliation first = begun("home");
    Await.get(bed.platforms.reconcile(ALICE, "home"));
    Await.get(ledger.reconciled(lease, first));
    assertThat(Await.get(ledger.toReconcile(HOUR)))
        .extracting(Reconciliation::platformId)
        .contains("home");
    Await.get(ledger.reconciled(lease, begun("home")));
    assertThat(Await.get(ledger.toReconcile(HOUR)))
        .extracting(Reconciliation::platformId)
        .doesNotContain("home");
  }

  @Test
  void aPlatform_cannotBeDeletedOrTurned_whileItHasLogins_unlessTheyAreAbandoned() {
    there(bed.atHome);
    Platform other = new Platform("home", "static", Map.of(), Optional.empty(), 0);
    assertThatThrownBy(() -> Await.get(bed.platforms.put(ALICE, other, false)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has logins");
    assertThatThrownBy(() -> Await.get(bed.platforms.delete(ALICE, "home", false)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("abandon");
    assertThat(Await.get(bed.platforms.delete(ALICE, "home", true))).isTrue();
    assertThat(bed.platforms.platform("home")).isEmpty();
    assertThat(bed.database.count("credential")).isZero();
    assertThat(Await.get(bed.platforms.delete(ALICE, "home", true))).isFalse();
  }

  private KeyRef enrolled(int connection) {
    KeyRef key = bed.key(DEVICE, connection);
    assertThat(bed.commit(key)).isTrue();
    settle();
    return key;
  }

  /** A device whose login its platform has. */
  private KeyRef there(int connection) {
    KeyRef key = enrolled(connection);
    pay("home");
    assertThat(debt("home").there()).isEqualTo(1);
    return key;
  }

  /** The next key, prepared on its platform. */
  private KeyRef granted(int connection) {
    KeyRef key = bed.key(DEVICE, connection);
    grant(key, HOUR);
    return key;
  }

  private void grant(KeyRef key, Duration kept) {
    int connection =
        io.otakey.protocol.key.GrantToken.decode(key.token()).orElseThrow().connectionId();
    String platform = connection == bed.atHome ? "home" : "away";
    Await.get(ledger.granted(List.of(new PlatformLedger.Granted(key, platform, connection)), kept));
  }

  private void settle() {
    bed.database.olderTransactionsEnd();
    Await.get(ledger.settle(lease, 100));
  }

  private void sweep(String platform) {
    Optional<DeviceRef> last = Await.get(ledger.sweep(lease, platform, Optional.empty(), 1));
    while (last.isPresent()) {
      last = Await.get(ledger.sweep(lease, platform, last, 1));
    }
  }

  private List<Owed> due(String platform) {
    return Await.get(ledger.due(platform, 100));
  }

  /** What is due, as a work and a name. */
  private List<Map.Entry<Work, String>> owed(String platform) {
    return due(platform).stream()
        .map(owed -> Map.entry(owed.work(), PlatformBed.name(owed.key())))
        .toList();
  }

  private static Map.Entry<Work, String> owed(Work work, KeyRef key) {
    return Map.entry(work, PlatformBed.name(key));
  }

  private void pay(String platform) {
    Await.get(ledger.done(platform, due(platform)));
  }

  private Debt debt(String platform) {
    return Await.get(bed.platforms.debts()).stream()
        .filter(debt -> debt.platformId().equals(platform))
        .findFirst()
        .orElseThrow();
  }

  /** A comparison that has begun. */
  private Reconciliation begun(String platform) {
    Reconciliation asked = Await.get(bed.platforms.reconcile(ALICE, platform)).orElseThrow();
    long run = Await.get(ledger.begin(lease, platform));
    return new Reconciliation(
        platform, run, asked.askedAt(), Optional.empty(), true, 0, 0, 0, 0, "");
  }
}
