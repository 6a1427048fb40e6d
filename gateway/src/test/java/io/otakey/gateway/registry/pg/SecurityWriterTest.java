package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.EnrollAnswer;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.SecurityEvent;
import io.otakey.protocol.wire.DeviceRef;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SecurityWriterTest {
  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong clock = new AtomicLong();

  @AfterEach
  void close() {
    database.close();
  }

  private SecurityWriter writer() {
    return new SecurityWriter(database.vertx, database.database().admin(), meters, clock::get);
  }

  private static SecurityEvent duplicate(String product, int device) {
    return SecurityEvent.of(EventKind.DUPLICATE_DEVICE, new DeviceRef(product, "dev-" + device));
  }

  private double leftOut() {
    return Metric.SECURITY_EVENTS_LEFT_OUT.counter(meters).count();
  }

  @Test
  void note_isStoredInOrderWithDeviceAndReason() {
    DeviceRef ref = new DeviceRef("p", "d");
    registry.devices().note(SecurityEvent.of(EventKind.STALE_KEY, ref));
    registry.devices().note(SecurityEvent.refused(ref, EnrollAnswer.Outcome.QUOTA));
    Await.get(registry.flush());
    List<String> stored =
        database
            .sql(
                "select kind || ' ' || product_id || '/' || device_id || ' '"
                    + " || coalesce(reason::text, '-') from event order by tx, id")
            .stream()
            .map(row -> row.getString(0))
            .toList();
    assertThat(stored).containsExactly("6 p/d -", "7 p/d 5");
    assertThat(database.count("event where at > now() - interval '1 minute' and at <= now()"))
        .isEqualTo(2);
  }

  @Test
  void flood_storesSoManyAProductAndMinute_andTellsOfTheOthers() {
    SecurityWriter writer = writer();
    for (int i = 0; i < 100_000; i++) {
      writer.note(duplicate("flooded", i));
    }
    writer.note(duplicate("quiet", 1));
    Await.get(writer.flush());
    assertThat(database.count("event where product_id = 'flooded'"))
        .isEqualTo(SecurityWriter.PER_MINUTE);
    assertThat(database.count("event where product_id = 'quiet'")).isEqualTo(1);
    assertThat(leftOut()).isEqualTo(100_000 - SecurityWriter.PER_MINUTE);
    clock.addAndGet(Duration.ofSeconds(61).toNanos());
    Await.get(writer.flush());
    assertThat(database.sql("select product_id, device_id, count from event where kind = 8"))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.getString(0)).isEqualTo("flooded");
              assertThat(row.getString(1)).isNull();
              assertThat(row.getLong(2)).isEqualTo(100_000 - SecurityWriter.PER_MINUTE);
            });
    writer.note(duplicate("flooded", 1));
    Await.get(writer.close());
    assertThat(database.count("event where product_id = 'flooded' and kind = 5"))
        .as("a new minute")
        .isEqualTo(SecurityWriter.PER_MINUTE + 1);
  }

  @Test
  void databaseThatFails_isWrittenLaterWithTheTimeOfTheEvent() {
    SecurityWriter writer = writer();
    database.sql("alter table event rename to event_away");
    writer.note(duplicate("p", 1));
    Await.get(writer.flush());
    clock.addAndGet(Duration.ofMinutes(5).toNanos());
    for (int product = 0; product < SecurityWriter.MAX_WAITING; product++) {
      writer.note(duplicate("p" + product, 1));
    }
    Await.get(writer.flush());
    assertThat(leftOut()).as("bounded in memory").isEqualTo(1);
    database.sql("alter table event_away rename to event");
    Await.get(writer.flush());
    assertThat(database.count("event where kind = 5")).isEqualTo(SecurityWriter.MAX_WAITING);
    assertThat(database.count("event where kind = 8 and count = 1")).isEqualTo(1);
    assertThat(database.count("event where product_id = 'p' and at < now() - interval '4 minutes'"))
        .isEqualTo(1);
    Await.get(writer.close());
  }

  @Test
  void operatorsChange_isAnEventWithItsActor() {
    Fixture.product(registry, "p", Fixture.OPEN);
    DeviceRef ref = new DeviceRef("p", "d");
    Await.get(registry.administration().preRegister(Fixture.ALICE, "p", List.of("d")));
    Await.get(registry.administration().act(Fixture.ALICE, OperatorAction.BLOCK, ref));
    Await.get(registry.administration().act(Fixture.ALICE, OperatorAction.APPROVE, ref));
    Await.get(registry.administration().act(Fixture.ALICE, OperatorAction.UNBLOCK, ref));
    Await.get(registry.administration().act(Fixture.ALICE, OperatorAction.REVOKE, ref));
    List<String> told =
        database.sql("select kind, device_id, actor from event order by tx, id").stream()
            .map(
                row ->
                    Codes.eventKind(row.getInteger(0))
                        + " "
                        + row.getString(1)
                        + " "
                        + row.getString(2))
            .toList();
    assertThat(told)
        .as("a refused approval is none")
        .containsExactly("BLOCKED d alice", "UNBLOCKED d alice", "REVOKED d alice");
  }

  @Test
  void everyKind_hasItsCode() {
    for (EventKind kind : EventKind.values()) {
      assertThat(Codes.eventKind(Codes.of(kind))).isEqualTo(kind);
    }
  }
}
