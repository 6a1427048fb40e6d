package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.EventLog;
import io.otakey.gateway.registry.EventLog.Page;
import io.otakey.gateway.registry.EventsGoneException;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PgEventLogTest {
  private static final EventFilter ALL = new EventFilter(Set.of(), Optional.empty(), Set.of());
  private static final String INSERT =
      "insert into event (kind, product_id, device_id) select 12, 'p', 'd' || n"
          + " from generate_series(%d, %d) n";

  private static final String INSERT_OF =
      "insert into event (tx, kind, product_id, device_id) select '%s', 12, 'p', 'd' || n"
          + " from generate_series(%d, %d) n";

  private final TestDatabase database = new TestDatabase();
  private final EventLog log = database.open().eventLog();

  @AfterEach
  void close() {
    database.close();
  }

  private void insert(int first, int last) {
    database.sql(INSERT.formatted(first, last));
  }

  private Page page(Optional<EventCursor> after, EventFilter filter, int limit) {
    database.olderTransactionsEnd();
    return Await.get(log.page(after, filter, limit));
  }

  private List<String> devices(EventCursor after) {
    return page(Optional.of(after), ALL, 1000).events().stream()
        .map(event -> event.deviceId().orElseThrow())
        .toList();
  }

  @Test
  void eventOfATransactionThatCommitsLate_isNotSkipped() {
    EventCursor begin = Await.get(log.end());
    SqlConnection slow = Await.get(database.database().admin().getConnection());
    Await.get(slow.query("begin").execute());
    Await.get(slow.query(INSERT.formatted(1, 1)).execute());
    insert(2, 2);
    Page early = Await.get(log.page(Optional.of(begin), ALL, 10));
    assertThat(early.events()).as("one may still come before it").isEmpty();
    Await.get(slow.query("commit").execute());
    Await.get(slow.close());
    assertThat(devices(early.end())).containsExactly("d1", "d2");
    EventCursor end = Await.get(log.page(Optional.of(early.end()), ALL, 10)).end();
    insert(3, 3);
    assertThat(devices(end)).containsExactly("d3");
  }

  @Test
  void pages_reachEveryEventOnceWhateverTheFilter() {
    insert(1, 2 * PgEventLog.SCAN + 10);
    EventFilter rare =
        new EventFilter(
            Set.of("p"), Optional.of("d" + (2 * PgEventLog.SCAN + 5)), Set.of(EventKind.BLOCKED));
    List<Event> found = new ArrayList<>();
    int pages = 0;
    Optional<EventCursor> after = Optional.empty();
    for (boolean atEnd = false; !atEnd; pages++) {
      Page page = page(after, rare, 10);
      found.addAll(page.events());
      after = Optional.of(page.end());
      atEnd = page.atEnd();
    }
    assertThat(found).hasSize(1);
    assertThat(pages).as("each looks at so many events").isEqualTo(3);
    Set<EventKind> others = Set.of(EventKind.MOVED, EventKind.ROTATED);
    EventFilter none = new EventFilter(Set.of(), Optional.empty(), others);
    assertThat(page(Optional.empty(), none, 10).events()).isEmpty();
  }

  @Test
  void pagesBack_reachEveryEventOnceNewestFirst() {
    insert(1, PgEventLog.SCAN + 10);
    database.olderTransactionsEnd();
    List<String> found = new ArrayList<>();
    Optional<EventCursor> before = Optional.empty();
    for (boolean atEnd = false; !atEnd; ) {
      Page page = Await.get(log.pageBack(before, ALL, 1000));
      page.events().forEach(event -> found.add(event.deviceId().orElseThrow()));
      before = Optional.of(page.end());
      atEnd = page.atEnd();
    }
    assertThat(found)
        .hasSize(PgEventLog.SCAN + 10)
        .doesNotHaveDuplicates()
        .startsWith("d" + (PgEventLog.SCAN + 10))
        .endsWith("d1");
    EventFilter oldest = new EventFilter(Set.of("p"), Optional.of("d1"), Set.of());
    Page first = Await.get(log.pageBack(Optional.empty(), oldest, 10));
    assertThat(first.events()).as("so far no page looks").isEmpty();
    assertThat(first.atEnd()).isFalse();
    Page next = Await.get(log.pageBack(Optional.of(first.end()), oldest, 10));
    assertThat(next.events()).hasSize(1);
    assertThat(next.atEnd()).isTrue();
  }

  /**
   * A page that ends in the middle of it has found nothing else, so its end is what it looked at.
   */
  @Test
  void numbersOfTransactions_mayGetADigitMoreWithinAPage() {
    database.sql(INSERT_OF.formatted("9", 1, PgEventLog.SCAN - 5));
    database.sql(INSERT_OF.formatted("10", PgEventLog.SCAN - 4, PgEventLog.SCAN + 5));
    EventFilter some = new EventFilter(Set.of("p"), Optional.of("d" + PgEventLog.SCAN), Set.of());
    Page first = page(Optional.empty(), some, 10);
    assertThat(first.events()).hasSize(1);
    assertThat(first.atEnd()).isFalse();
    assertThat(page(Optional.of(first.end()), some, 10).events()).isEmpty();
    EventFilter other = new EventFilter(Set.of("p"), Optional.of("d6"), Set.of());
    Page newest = Await.get(log.pageBack(Optional.empty(), other, 10));
    assertThat(newest.events()).hasSize(1);
    assertThat(newest.atEnd()).isFalse();
    assertThat(Await.get(log.pageBack(Optional.of(newest.end()), other, 10)).events()).isEmpty();
  }

  @Test
  void rotationWithAConnection_isAMove() {
    String commit =
        "insert into event (kind, epoch, product_id, device_id, token, reason) values"
            + " ($1::int2, 7, 'p', 'd', decode($2::text, 'hex'), nullif($3::int2, 0::int2))";
    database.sql(commit, (short) 2, "010201000000010300", (short) 0);
    database.sql(commit, (short) 2, "010201000000000000", (short) 0);
    database.sql(commit, (short) 1, "010101000000000500", (short) 0);
    database.sql(commit, (short) 4, "010201000000010300", (short) 3);
    List<Event> events = page(Optional.empty(), ALL, 10).events();
    assertThat(events)
        .extracting(Event::kind)
        .containsExactly(
            EventKind.MOVED, EventKind.ROTATED, EventKind.ENROLLED, EventKind.ABANDONED);
    assertThat(events.get(0).connectionId()).hasValue(0x0103);
    assertThat(events.get(0).epoch()).hasValue(7);
    assertThat(events.get(1).connectionId()).isEmpty();
    assertThat(events.get(2).connectionId()).hasValue(5);
    assertThat(events.get(3).reason()).contains(Event.Reason.STORAGE_FAILED);
    EventFilter moves = new EventFilter(Set.of(), Optional.empty(), Set.of(EventKind.MOVED));
    assertThat(page(Optional.empty(), moves, 10).events()).hasSize(1);
  }

  @Test
  void cursorBeforeWhatIsKept_isRefusedAndTheOldestIsNot() {
    insert(1, 3);
    List<Event> events = page(Optional.empty(), ALL, 10).events();
    database.sql("delete from event where device_id in ('d1', 'd2')");
    EventCursor missed = events.get(0).cursor();
    assertThatThrownBy(() -> page(Optional.of(missed), ALL, 10))
        .isInstanceOf(EventsGoneException.class)
        .hasMessageContaining("go on without a cursor");
    assertThat(devices(events.get(1).cursor())).as("missed none").containsExactly("d3");
    assertThat(page(Optional.empty(), ALL, 10).events()).hasSize(1);
  }

  @Test
  void cursorOfAnotherDatabase_isRefused() {
    EventCursor foreign = new EventCursor(Await.get(log.end()).tx() + 1_000_000, 1);
    assertThatThrownBy(() -> page(Optional.of(foreign), ALL, 10))
        .isInstanceOf(EventsGoneException.class)
        .hasMessageContaining("ahead of this database");
  }
}
