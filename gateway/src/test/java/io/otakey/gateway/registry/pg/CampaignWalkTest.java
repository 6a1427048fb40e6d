package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.CampaignVerb;
import io.otakey.gateway.campaign.Member;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.campaign.Steering;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.Lease;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Campaigns against devices that obey, give up, stay silent or rotate unasked, and an operator who
 * retries, pauses and aborts, in random order: whatever happens, the counts are true, nobody is
 * asked without being queued, everybody comes to an end, and it is the right one.
 */
class CampaignWalkTest {
  private static final long SEED = 20261123;
  private static final int WALKS = Boolean.getBoolean("otakey.full") ? 60 : 4;
  private static final int DEVICES = 30;
  private static final int RETRIES = 2;

  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final CampaignLedger ledger = registry.campaignLedger();
  private final Map<DeviceRef, Long> epochs = new HashMap<>();
  private int late;
  private Lease lease = new Lease(0);
  private Random random = new Random(SEED);

  @BeforeEach
  void lead() {
    lease = Await.get(ledger.lead(UUID.randomUUID())).orElseThrow();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aRandomWalk() {
    for (int walk = 0; walk < WALKS; walk++) {
      random = new Random(SEED + walk);
      walk("p" + walk);
    }
  }

  private void walk(String product) {
    Fixture.product(registry, product, Fixture.OPEN);
    Fixture.devices(product, DEVICES).forEach(ref -> commit(ref, 1));
    Orders orders = Orders.of(product).waves(20, 30).success(1).retries(RETRIES);
    if (random.nextBoolean()) {
      orders.joinUntil(Instant.now().plusSeconds(3600));
    }
    long id =
        Await.get(registry.campaigns().create(Fixture.ALICE, orders.startsItself().make())).id();
    Await.get(ledger.plan(lease, campaign(id)));
    for (int step = 0; step < 80; step++) {
      step(id);
      countsAreTrue(id, product + " after step " + step);
    }
    end(id);
    countsAreTrue(id, product + " in the end");
    for (Member member : members(id)) {
      long epoch = epoch(member.ref());
      switch (member.state()) {
        case CONFIRMED -> assertThat(epoch).as("%s", member).isGreaterThan(1);
        case CANCELED -> assertThat(epoch).as("%s", member).isEqualTo(1);
        case FAILED, TIMED_OUT -> assertThat(member.tries()).as("%s", member).isPositive();
        case QUEUED, NOTIFIED, REJECTED -> throw new AssertionError(member);
      }
    }
  }

  private void step(long id) {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> ask(id, 1 + random.nextInt(8));
      case 3, 4 -> act(id, ref -> commit(ref, epoch(ref) + 1));
      case 5 -> act(id, this::abandon);
      case 6 -> absorb(1 + random.nextInt(10));
      case 7 -> expire(id, random.nextInt(4));
      case 8 -> steer(id);
      case 9 -> verb(id, CampaignVerb.RETRY_FAILED);
      case 10 -> joins(id);
      default -> verb(id, random.nextBoolean() ? CampaignVerb.PAUSE : CampaignVerb.RESUME);
    }
  }

  /** Who is left obeys or is given up; or the operator gives all of it up. */
  private void end(long id) {
    absorb(1000);
    boolean aborted = random.nextInt(3) == 0;
    if (aborted) {
      verb(id, CampaignVerb.ABORT);
    }
    for (int round = 0; round < 100 && !isOver(id); round++) {
      verb(id, CampaignVerb.RESUME);
      verb(id, CampaignVerb.NEXT_WAVE);
      database.sql("update campaign set join_until = null where id = $1", id);
      ask(id, 7);
      if (!aborted) { // else nobody reads what they do
        act(id, ref -> commit(ref, epoch(ref) + 1));
      }
      absorb(1000);
      expire(id, 7);
      steer(id);
      if (campaign(id).state() == CampaignState.STOPPING) {
        Await.get(ledger.cancel(lease, campaign(id), 4));
      }
    }
    assertThat(isOver(id))
        .as("campaign %s: %s", campaign(id).state(), campaign(id).total())
        .isTrue();
  }

  private boolean isOver(long id) {
    CampaignState state = campaign(id).state();
    return state == CampaignState.FINISHED || state == CampaignState.STOPPED;
  }

  private void ask(long id, int limit) {
    Map<DeviceRef, Member> before = new HashMap<>();
    members(id).forEach(member -> before.put(member.ref(), member));
    Campaign campaign = campaign(id);
    for (AskedDevice device : Await.get(ledger.ask(lease, campaign, limit)).asked()) {
      Member member = Objects.requireNonNull(before.get(device.ref()));
      assertThat(member.state()).as("asked %s", member).isEqualTo(MemberState.QUEUED);
      assertThat(member.wave()).isLessThanOrEqualTo(campaign.openWave());
      assertThat(member.tries()).isLessThanOrEqualTo(RETRIES);
    }
  }

  private void act(long id, Consumer<DeviceRef> deed) {
    List<Member> members = members(id);
    boolean asToldAlone = random.nextInt(4) > 0;
    for (Member member : members) {
      if (random.nextInt(3) == 0
          && (member.state() == MemberState.NOTIFIED || (!asToldAlone && random.nextInt(5) == 0))) {
        deed.accept(member.ref());
      }
    }
  }

  private void expire(long id, int limit) {
    database.sql("update campaign_ask set at = at - interval '2 hours' where campaign_id = $1", id);
    if (limit > 0) {
      Await.get(ledger.expire(lease, campaign(id), limit));
    }
  }

  private void joins(long id) {
    commit(
        new DeviceRef(campaign(id).order().target().products().iterator().next(), "late-" + late++),
        1);
    database.sql(
        "update campaign set planned_at = now() - interval '2 minutes',"
            + " joined_at = null where id = $1",
        id);
    Await.get(ledger.join(lease, campaign(id)));
  }

  private void steer(long id) {
    if (campaign(id).state() == CampaignState.RUNNING) {
      Steering.next(campaign(id), false)
          .ifPresent(turn -> Await.get(ledger.steer(lease, campaign(id), turn)));
    }
  }

  private void verb(long id, CampaignVerb verb) {
    Await.get(registry.campaigns().act(Fixture.ALICE, verb, id));
  }

  private void absorb(int limit) {
    database.olderTransactionsEnd();
    Await.get(ledger.absorb(lease, limit));
  }

  private void commit(DeviceRef ref, long epoch) {
    GrantToken.Kind kind = epoch == 1 ? GrantToken.Kind.ENROLL : GrantToken.Kind.ROTATE;
    Optional<DeviceRow> row = row(ref);
    GrantToken grant = Keys.grant(kind, row.map(DeviceRow::attempt).orElse(0), (int) epoch);
    Await.get(registry.devices().confirm(Keys.use(ref, epoch, grant)));
    assertThat(row(ref).orElseThrow().epoch()).isEqualTo(epoch);
    epochs.put(ref, epoch);
  }

  private void abandon(DeviceRef ref) {
    DeviceRow row = row(ref).orElseThrow();
    GrantToken grant = GrantToken.decode(row.token().orElseThrow()).orElseThrow();
    Await.get(registry.devices().abandon(Keys.use(ref, row.epoch(), grant), row.attempt(), 2));
  }

  private long epoch(DeviceRef ref) {
    return epochs.getOrDefault(ref, 0L);
  }

  private Optional<DeviceRow> row(DeviceRef ref) {
    return Await.get(registry.administration().get(ref)).map(DeviceRecord::row);
  }

  private Campaign campaign(long id) {
    return Await.get(registry.campaigns().get(id)).orElseThrow();
  }

  private List<Member> members(long id) {
    return Await.get(registry.campaigns().members(id, Optional.empty(), Optional.empty(), 100));
  }

  private void countsAreTrue(long id, String when) {
    Map<MemberState, Long> counted = new HashMap<>();
    members(id).forEach(member -> counted.merge(member.state(), 1L, Long::sum));
    for (MemberState state : MemberState.values()) {
      assertThat(campaign(id).total().of(state))
          .as("%s: %s", when, state)
          .isEqualTo(counted.getOrDefault(state, 0L));
    }
  }
}
