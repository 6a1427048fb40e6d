package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.CampaignVerb;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventLog;
import io.otakey.gateway.registry.Lease;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.DeviceRef;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A dump of a busy cluster, restored into a young one: nobody waits for numbers to come by. */
class NewClusterTest {
  private static final EventFilter ALL = new EventFilter(Set.of(), Optional.empty(), Set.of());

  private final TestDatabase database = new TestDatabase();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void eventsOfTheDump_comeBeforeNewOnes_andCampaignsGoOn() {
    PgRegistry before = database.open();
    Fixture.product(before, "p", Fixture.OPEN);
    List<DeviceRef> devices = Fixture.devices("p", 3);
    devices.forEach(ref -> Await.get(before.devices().confirm(Keys.enrolled(ref))));
    CampaignLedger ledger = before.campaignLedger();
    UUID node = UUID.randomUUID();
    Lease lease = Await.get(ledger.lead(node)).orElseThrow();
    long id = Await.get(before.campaigns().create(Fixture.ALICE, Orders.of("p").make())).id();
    Await.get(ledger.plan(lease, Await.get(before.campaigns().get(id)).orElseThrow()));
    Await.get(before.campaigns().act(Fixture.ALICE, CampaignVerb.START, id));
    Await.get(ledger.ask(lease, Await.get(before.campaigns().get(id)).orElseThrow(), 10));
    database.sql(
        "insert into webhook (id, url, insecure, kinds, products, sealed, seen_tx, seen_id)"
            + " select 'hook', 'https://x', false, '{}', '{}', '', tx, id from event"
            + " order by tx desc, id desc limit 1");
    rotate(before, devices.get(0)); // its event is in the dump, and was not read

    comeFromABusyCluster();
    assertThatThrownBy(database::open)
        .isInstanceOf(DatabaseStartException.class)
        .hasMessageContaining("run 'otakey database migrate'");
    Await.get(PgSchema.migrate(database.vertx, database.endpoint, Optional.empty()));
    PgRegistry after = database.open();
    rotate(after, devices.get(1));
    database.olderTransactionsEnd();
    EventLog.Page page = Await.get(after.eventLog().page(Optional.empty(), ALL, 100));
    assertThat(page.events()).extracting(Event::deviceId).last().isEqualTo(name(devices, 1));
    assertThat(page.events())
        .hasSize(5)
        .isSortedAccordingTo((a, b) -> a.cursor().compareTo(b.cursor()));

    assertThat(database.count("event e join webhook w on (e.tx, e.id) > (w.seen_tx, w.seen_id)"))
        .as("what the webhook is still to be sent: of the dump, and since")
        .isEqualTo(2);

    CampaignLedger again = after.campaignLedger();
    Lease renewed = Await.get(again.lead(node)).orElseThrow();
    assertThat(Await.get(again.absorb(renewed, 100))).isEqualTo(1);
    assertThat(confirmed(after, id)).isEqualTo(1);
    database.sql("update campaign_ask set at = at - interval '2 hours'");
    Await.get(again.expire(renewed, Await.get(after.campaigns().get(id)).orElseThrow(), 100));
    assertThat(confirmed(after, id)).as("what it missed it finds").isEqualTo(2);
  }

  @Test
  void aDatabaseThatStaysWhereItIs_isLeftAlone() {
    PgRegistry registry = database.open();
    Fixture.product(registry, "p", Fixture.OPEN);
    Fixture.devices("p", 3)
        .forEach(ref -> Await.get(registry.devices().confirm(Keys.enrolled(ref))));
    String sum = "select sum(tx::text::int8)::int8 from event";
    long numbers = database.sql(sum).get(0).getLong(0);
    database.open();
    assertThat(database.sql(sum).get(0).getLong(0)).isEqualTo(numbers);
  }

  private void comeFromABusyCluster() {
    database.sql("alter table event disable trigger event_append_only");
    database.sql("update event set tx = (tx::text::int8 + 4000000000)::text::xid8");
    database.sql("alter table event enable trigger event_append_only");
    database.sql("update duty set seen_tx = (seen_tx::text::int8 + 4000000000)::text::xid8");
    database.sql("update webhook set seen_tx = (seen_tx::text::int8 + 4000000000)::text::xid8");
  }

  private static void rotate(PgRegistry registry, DeviceRef ref) {
    Await.get(
        registry.devices().confirm(Keys.use(ref, 2, Keys.grant(GrantToken.Kind.ROTATE, 0, 2))));
  }

  private static Optional<String> name(List<DeviceRef> devices, int at) {
    return Optional.of(devices.get(at).deviceId());
  }

  private static long confirmed(PgRegistry registry, long id) {
    return Await.get(registry.campaigns().get(id)).orElseThrow().total().of(MemberState.CONFIRMED);
  }
}
