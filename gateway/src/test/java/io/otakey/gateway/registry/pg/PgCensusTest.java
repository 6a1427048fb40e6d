package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.census.CensusLedger;
import io.otakey.gateway.census.Reading;
import io.otakey.gateway.metric.Label;
import io.otakey.gateway.metric.Metric;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Numbers of the fleet are those of its rows. */
class PgCensusTest {
  private static final UUID NODE = UUID.randomUUID();

  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final CensusLedger census = registry.census();

  @AfterEach
  void close() {
    database.close();
  }

  private List<Reading> count() {
    return Await.get(census.count());
  }

  private static double value(List<Reading> all, Metric metric, String... labels) {
    return all.stream()
        .filter(r -> r.metric() == metric && r.labels().equals(List.of(labels)))
        .mapToDouble(Reading::value)
        .findFirst()
        .orElseThrow(() -> new AssertionError(metric + " has no " + List.of(labels)));
  }

  /** Active, with a key committed so many hours ago and heard so many hours ago. */
  private void active(String product, String device, int keyHours, int heardHours) {
    database.sql(
        "insert into device (product_id, device_id, status, epoch, token, committed_at, last_seen)"
            + " values ($1, $2, 2, 1, '\\x00', now() - make_interval(hours => $3),"
            + " now() - make_interval(hours => $4))",
        product,
        device,
        keyHours,
        heardHours);
  }

  @Test
  void devices_byProductAndState() {
    active("p", "a", 1, 1);
    active("q", "a", 1, 1);
    for (int status : List.of(1, 3, 4, 4, 5)) {
      database.sql(
          "insert into device (product_id, device_id, status, returns_to)"
              + " values ('p', $1, $2::int4, case when $2::int4 = 3 then 2 end)",
          UUID.randomUUID().toString(),
          status);
    }
    List<Reading> all = count();
    assertThat(Label.DEVICE_STATE.listed().stream().map(s -> value(all, Metric.DEVICES, "p", s)))
        .containsExactly(1.0, 1.0, 1.0, 2.0, 1.0);
    assertThat(value(all, Metric.DEVICES, "q", "active")).isEqualTo(1);
    assertThat(value(all, Metric.DEVICES, "q", "expected")).isZero();
  }

  @Test
  void ages_countAsAHistogramDoes() {
    active("p", "minutes", 0, 0);
    active("p", "hours", 5, 2);
    active("p", "weeks", 24 * 20, 24 * 10);
    active("p", "years", 24 * 900, 24 * 900);
    active("p", "heard-since-its-key", 24 * 900, 2);
    List<Reading> all = count();
    assertThat(Label.KEY_AGE.listed().stream().map(le -> value(all, Metric.KEY_AGE, "p", le)))
        .containsExactly(1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0, 5.0);
    assertThat(Label.SILENCE.listed().stream().map(le -> value(all, Metric.SILENCE, "p", le)))
        .containsExactly(1.0, 3.0, 3.0, 4.0, 4.0, 5.0);
  }

  @Test
  void devicesThatAreAsked_untilTheyHaveDoneIt() {
    active("p", "done", 1, 1);
    active("p", "rotates", 1, 1);
    active("p", "moves", 1, 1);
    database.sql("update device set wanted_epoch = 1 where device_id = 'done'");
    database.sql("update device set wanted_epoch = 2 where device_id = 'rotates'");
    database.sql("update device set wanted_connection = 3 where device_id = 'moves'");
    assertThat(value(count(), Metric.DEVICES_ASKED, "p")).isEqualTo(2);
  }

  @Test
  void manyProducts_areNamedByTheirSize_andTheRestIsOne() {
    int most = Label.PRODUCT.most();
    IntStream.range(0, most + 20).forEach(i -> active("small-" + i, "a", 1, 1));
    active("small-0", "b", 1, 1);
    active("large", "a", 1, 1);
    active("large", "b", 1, 1);
    active("large", "c", 1, 1);
    List<Reading> all = count();
    long products = all.stream().filter(r -> r.metric() == Metric.DEVICES_ASKED).count();
    assertThat(products).isEqualTo(most + 1L);
    assertThat(value(all, Metric.DEVICES, "large", "active")).isEqualTo(3);
    assertThat(value(all, Metric.DEVICES, "small-0", "active")).isEqualTo(2);
    assertThat(value(all, Metric.DEVICES, Label.OTHER, "active")).isEqualTo(21);
    double devices =
        all.stream().filter(r -> r.metric() == Metric.DEVICES).mapToDouble(Reading::value).sum();
    assertThat(devices).as("each once").isEqualTo(most + 24);
  }

  @Test
  void webhooks_debts_quotas_andCampaigns() {
    Fixture.product(registry, "p", Fixture.quota(10));
    database.sql("update product set ever_committed = 4 where id = 'p'");
    database.sql(
        "insert into webhook (id, url, insecure, kinds, products, sealed, failing_since, paused_at)"
            + " values ('a', '', false, '{}', '{}', '', null, null),"
            + " ('b', '', false, '{}', '{}', '', now(), null),"
            + " ('c', '', false, '{}', '{}', '', now(), now())");
    database.sql(
        "insert into platform (id, kind, pushes, settings) values ('owed', 'rest', true, '{}'),"
            + " ('paid', 'rest', true, '{}'), ('asks', 'hook', false, '{}')");
    database.sql(
        "insert into credential (product_id, device_id, token, platform_id, epoch, connection_id,"
            + " state, due_at, changed_at) values"
            + " ('p', 'a', '\\x01', 'owed', 1, 1, 2, now(), now() - interval '1 hour'),"
            + " ('p', 'b', '\\x01', 'owed', 1, 1, 4, now(), now() - interval '1 minute'),"
            + " ('p', 'c', '\\x01', 'owed', 1, 1, 1, now(), now() - interval '1 day'),"
            + " ('p', 'd', '\\x01', 'paid', 1, 1, 3, null, now() - interval '1 day')");
    List<Reading> all = count();
    assertThat(value(all, Metric.PRODUCT_QUOTA, "p")).isEqualTo(10);
    assertThat(value(all, Metric.PRODUCT_QUOTA_USED, "p")).isEqualTo(4);
    for (String state : List.of("delivering", "failing", "paused")) {
      assertThat(value(all, Metric.WEBHOOKS, state)).as(state).isEqualTo(1);
    }
    assertThat(value(all, Metric.PLATFORM_DEBT, "owed")).isEqualTo(2);
    assertThat(value(all, Metric.PLATFORM_DEBT_AGE, "owed")).isBetween(3600.0, 3700.0);
    assertThat(value(all, Metric.PLATFORM_DEBT, "paid")).isZero();
    assertThat(value(all, Metric.PLATFORM_DEBT_AGE, "paid")).isZero();
    assertThat(all).noneMatch(reading -> reading.labels().contains("asks"));
  }

  @Test
  void theDatabase_itself() {
    active("p", "a", 1, 1);
    List<Reading> all = count();
    assertThat(value(all, Metric.DATABASE_SIZE)).isGreaterThan(1e6);
    assertThat(value(all, Metric.DATABASE_CONNECTIONS))
        .isBetween(1.0, value(all, Metric.DATABASE_CONNECTIONS_LIMIT));
    assertThat(value(all, Metric.DATABASE_CACHE_HITS)).isBetween(0.0, 1.0);
    assertThat(value(all, Metric.DATABASE_WAL)).isPositive();
    assertThat(value(all, Metric.DATABASE_TRANSACTION_AGE)).isPositive();
    assertThat(value(all, Metric.DATABASE_OLDEST_TRANSACTION)).isNotNegative();
    for (String table : Label.TABLE.listed()) {
      assertThat(value(all, Metric.DATABASE_DEAD_ROWS, table)).isNotNegative();
    }
  }

  @Test
  void oneNodeCounts() {
    assertThat(Await.get(census.lead(NODE))).isPresent();
    CensusLedger other = database.open().census();
    assertThat(Await.get(other.lead(UUID.randomUUID()))).isEmpty();
    Await.get(census.resign(NODE));
    assertThat(Await.get(other.lead(UUID.randomUUID()))).isPresent();
  }
}
