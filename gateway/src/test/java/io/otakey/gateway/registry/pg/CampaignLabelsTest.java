package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.CampaignVerb;
import io.otakey.gateway.campaign.Campaigns;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.campaign.Target;
import io.otakey.gateway.registry.LabelChange;
import io.otakey.gateway.registry.LabelFilter;
import io.otakey.gateway.registry.Lease;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Campaigns for devices with some labels. */
class CampaignLabelsTest {
  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final Campaigns campaigns = registry.campaigns();
  private final CampaignLedger ledger = registry.campaignLedger();
  private Lease lease = new Lease(0);

  @BeforeEach
  void fleet() {
    for (String product : List.of("p", "q")) {
      Fixture.product(registry, product, Fixture.OPEN);
      for (DeviceRef ref : Fixture.devices(product, 10)) {
        Await.get(registry.devices().confirm(Keys.enrolled(ref)));
      }
    }
    set("p", "site", "paris", "dev-0", "dev-1", "dev-2", "dev-3");
    set("p", "site", "lyon", "dev-4", "dev-5");
    set("p", "group/canary", "", "dev-0", "dev-4", "dev-9");
    set("p", "group/slow", "", "dev-1");
    set("q", "site", "paris", "dev-7");
    lease = Await.get(ledger.lead(UUID.randomUUID())).orElseThrow();
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void set(String product, String key, String value, String... ids) {
    LabelChange change = LabelChange.setting(Map.of(key, value));
    Await.get(registry.labels().change(ALICE, change, product, List.of(ids)));
  }

  private static Target target(List<String> conditions, String... groups) {
    return Target.product("p").withLabels(LabelFilter.of(conditions, Set.of(groups)));
  }

  private long matching(Target target) {
    return Await.get(campaigns.forecast(Orders.of("p").target(target).make())).devices();
  }

  private Campaign campaign(long id) {
    return Await.get(campaigns.get(id)).orElseThrow();
  }

  private long created(Orders order) {
    return Await.get(campaigns.create(ALICE, order.make())).id();
  }

  private List<String> members(long id) {
    return Await.get(campaigns.members(id, Optional.empty(), Optional.empty(), 100)).stream()
        .map(member -> member.ref().productId() + "/" + member.ref().deviceId())
        .toList();
  }

  @Test
  void labelsAndGroups_choose_aloneAndWithTheOtherConditions() {
    assertThat(matching(target(List.of("site=paris")))).isEqualTo(4);
    assertThat(matching(target(List.of("site!=paris")))).isEqualTo(6);
    assertThat(matching(target(List.of("site in (paris,lyon)")))).isEqualTo(6);
    assertThat(matching(target(List.of("site notin (paris,lyon)")))).isEqualTo(4);
    assertThat(matching(target(List.of("!site")))).isEqualTo(4);
    assertThat(matching(target(List.of(), "canary"))).isEqualTo(3);
    assertThat(matching(target(List.of(), "canary", "slow"))).isEqualTo(4);
    assertThat(matching(target(List.of("site=paris"), "canary"))).isEqualTo(1);
    LabelFilter paris = LabelFilter.of(List.of("site=paris"), Set.of());
    assertThat(matching(only("dev-1", Optional.empty(), List.of(), 100, paris))).isEqualTo(1);
    assertThat(matching(only("", Optional.of("9.9"), List.of(), 100, paris))).isZero();
    assertThat(matching(only("", Optional.empty(), List.of("dev-3", "dev-4"), 100, paris)))
        .isEqualTo(1);
    assertThat(matching(only("", Optional.empty(), List.of(), 1, paris))).isLessThan(4);
    Target both =
        new Target(
            Set.of("p", "q"),
            "",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            100,
            paris);
    assertThat(matching(both)).isEqualTo(5);
  }

  private static Target only(
      String prefix, Optional<String> firmware, List<String> ids, int percent, LabelFilter labels) {
    return new Target(
        Set.of("p"), prefix, firmware, Optional.empty(), Optional.empty(), ids, percent, labels);
  }

  @Test
  void aPlan_isFixed_andWhoeverIsLabeledLaterJoins() {
    Orders order =
        Orders.of("p")
            .target(target(List.of("site=lyon")))
            .joinUntil(Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS));
    long id = created(order);
    Await.get(ledger.plan(lease, campaign(id)));
    assertThat(campaign(id).order()).as("as it was ordered").isEqualTo(order.make());
    assertThat(members(id)).containsExactly("p/dev-4", "p/dev-5");
    Await.get(campaigns.act(ALICE, CampaignVerb.START, id));
    set("p", "site", "paris", "dev-5");
    set("p", "site", "lyon", "dev-8");
    database.sql(
        "update campaign set planned_at = planned_at - interval '1 hour',"
            + " labels_read_in = pg_current_xact_id()");
    Await.get(ledger.join(lease, campaign(id)));
    assertThat(members(id)).containsExactly("p/dev-4", "p/dev-5", "p/dev-8");
  }

  /** What a gateway of the schema before does when it plans, and when it lets devices join. */
  @Test
  void aGatewayOfBefore_cannotChooseWithoutRegardToLabels() {
    long plain = created(Orders.of("p"));
    long labeled = created(Orders.of("p").target(target(List.of("site=lyon"))));
    long grouped = created(Orders.of("p").target(target(List.of(), "canary")));
    database.sql("update campaign set planned_at = now(), busy = 0 where id = $1", plain);
    for (long id : List.of(labeled, grouped)) {
      for (String column : List.of("planned_at", "joined_at")) {
        assertThatThrownBy(
                () -> database.sql("update campaign set " + column + " = now() where id = $1", id))
            .hasMessageContaining("chooses by labels");
      }
      Await.get(ledger.plan(lease, campaign(id)));
      assertThat(campaign(id).state()).isEqualTo(CampaignState.READY);
      assertThatThrownBy(
              () -> database.sql("update campaign set joined_at = now() where id = $1", id))
          .as("after a plan that read them, too")
          .hasMessageContaining("chooses by labels");
    }
  }
}
