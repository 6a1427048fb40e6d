package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.Campaigns;
import io.otakey.gateway.campaign.Forecast;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.campaign.Tally;
import io.otakey.gateway.registry.Lease;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A campaign over a large fleet is planned by the database; this process holds no list of it. */
class CampaignScaleTest {
  private static final int FLEET = Boolean.getBoolean("otakey.full") ? 1_000_000 : 50_000;

  /** A list of the fleet's ids alone would need more. */
  private static final long MOST_BYTES = 3_000_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final UUID NODE = UUID.randomUUID();

  /** What other tests left running allocates, too. */
  private final Set<Long> others = threads().filter(id -> id != own()).collect(toSet());

  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final Campaigns campaigns = registry.campaigns();
  private final CampaignLedger ledger = registry.campaignLedger();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void planning_partsTheFleetIntoItsWaves_atRandom_inTheMemoryOfTheDatabase() {
    Fixture.product(registry, "none", Fixture.OPEN);
    Fixture.product(registry, "p", Fixture.OPEN);
    database.sql(
        "insert into device (product_id, device_id, status, epoch, token)"
            + " select 'p', 'sn-' || lpad(i::text, 10, '0'), 2, 1, '\\x00'"
            + " from generate_series(1, $1) i",
        FLEET);
    plan(Orders.of("none").waves(1, 10)); // what a first time allocates is not the fleet's
    Orders order = Orders.of("p").waves(1, 10);
    List<Long> waves = List.of(FLEET / 100L, FLEET / 10L, FLEET * 89L / 100);

    long before = allocated();
    Forecast forecast = Await.get(campaigns.forecast(order.make()));
    Campaign planned = plan(order);
    long used = allocated() - before;

    assertThat(forecast).isEqualTo(new Forecast(waves, 0));
    assertThat(planned.waves()).extracting(Tally::devices).containsExactlyElementsOf(waves);
    assertThat(planned.total().of(MemberState.QUEUED)).isEqualTo(FLEET);
    long fromTheFirstHalf =
        database.count(
            "campaign_device where wave = 1 and device_id <= 'sn-' || lpad($1::text, 10, '0')",
            String.valueOf(FLEET / 2));
    assertThat(fromTheFirstHalf)
        .as("of the first wave")
        .isBetween(FLEET * 40L / 10_000, FLEET * 60L / 10_000);
    assertThat(used).as("bytes").isLessThan(MOST_BYTES);
  }

  private Campaign plan(Orders order) {
    Await.get(campaigns.forecast(order.make()));
    Campaign campaign = Await.get(campaigns.create(ALICE, order.make()));
    Lease lease = Await.get(ledger.lead(NODE)).orElseThrow();
    Await.get(ledger.plan(lease, campaign));
    return Await.get(campaigns.get(campaign.id())).orElseThrow();
  }

  /** By all threads that live, but for those of others. */
  private long allocated() {
    long[] ours = threads().filter(id -> !others.contains(id)).mapToLong(id -> id).toArray();
    return Arrays.stream(THREADS.getThreadAllocatedBytes(ours)).filter(bytes -> bytes > 0).sum();
  }

  private static Stream<Long> threads() {
    return Arrays.stream(THREADS.getAllThreadIds()).boxed();
  }

  private static long own() {
    return Thread.currentThread().getId();
  }
}
