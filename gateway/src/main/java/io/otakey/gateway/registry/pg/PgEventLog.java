package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.EventLog;
import io.otakey.gateway.registry.EventsGoneException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The table of events, read in the order of (tx, id) below the oldest open transaction. */
final class PgEventLog implements EventLog {
  /** Events that one page looks at. */
  static final int SCAN = 5000;

  private static final List<Event.Reason> ABANDONS =
      List.of(
          Event.Reason.PLATFORM_UNREACHABLE,
          Event.Reason.PLATFORM_REFUSED,
          Event.Reason.STORAGE_FAILED,
          Event.Reason.NOT_ACKNOWLEDGED,
          Event.Reason.CONNECTION_UNUSABLE);

  /** Of the key that an event tells of; 0: none. */
  private static final String CONNECTION =
      "case when length(e.token) >= 8 then get_byte(e.token, 6) * 256 + get_byte(e.token, 7)"
          + " else 0 end";

  /** A rotation whose token names a connection is a move. */
  static final String TOLD_KIND =
      "case when e.kind = 2 and "
          + CONNECTION
          + " > 0 then "
          + Codes.of(EventKind.MOVED)
          + " else e.kind end";

  /**
   * $1, $2 the place, $3 how many to look at, $4 limit, $5 products, $6 device, $7 kinds. One row
   * at least, which says how far the page reaches; one snapshot for all of it.
   */
  private static final String PAGE = sql(">", "", "desc");

  private static final String PAGE_BACK = sql("<", "desc", "");

  /** Behind whatever will ever be. */
  private static final EventCursor NEWEST = new EventCursor(Long.MAX_VALUE, Long.MAX_VALUE);

  private final Admin admin;

  PgEventLog(Admin admin) {
    this.admin = admin;
  }

  /**
   * A page in one direction.
   *
   * @param beyond how events that come next compare to the place
   * @param ahead that direction
   * @param back the other one
   */
  private static String sql(String beyond, String ahead, String back) {
    return """
        with now as materialized (
          select pg_snapshot_xmin(pg_current_snapshot()) as horizon,
            pg_snapshot_xmax(pg_current_snapshot()) as next
        ), scanned as materialized (
          select e.*, %1$s as connection_id, %2$s as told_kind from event e
          where (e.tx, e.id) %3$s ($1::text::xid8, $2) and e.tx < (select horizon from now)
          order by e.tx %4$s, e.id %4$s limit $3
        ), matching as materialized (
          select * from scanned
          where ($5::text[] is null or product_id = any($5)) and ($6::text is null or device_id = $6)
            and ($7::int2[] is null or told_kind = any($7))
          order by tx %4$s, id %4$s limit $4
        )
        select n.horizon::text, n.next::text, g.tx::text as gone_tx, g.id as gone_id,
          (select count(*) from scanned)::int4 as scanned,
          (select tx::text from scanned order by scanned.tx %5$s, id %5$s limit 1) as last_tx,
          (select id from scanned order by tx %5$s, id %5$s limit 1) as last_id,
          m.tx::text, m.id, m.at, m.told_kind, m.product_id, m.device_id, m.epoch,
          m.connection_id, m.reason, m.count, m.actor, m.webhook
        from now n cross join event_gone g left join matching m on true
        order by m.tx %4$s, m.id %4$s
        """
        .formatted(CONNECTION, TOLD_KIND, beyond, ahead, back);
  }

  @Override
  public Future<Page> page(Optional<EventCursor> after, EventFilter filter, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    return rows(PAGE, after.orElse(EventCursor.START), filter, SCAN, limit)
        .map(
            rows -> {
              Row first = rows.iterator().next();
              after.ifPresent(place -> check(place, first));
              return page(after.orElse(EventCursor.START), rows, limit);
            });
  }

  @Override
  public Future<Page> pageBack(Optional<EventCursor> before, EventFilter filter, int limit) {
    Admin.requirePage(limit, MAX_PAGE);
    return rows(PAGE_BACK, before.orElse(NEWEST), filter, SCAN, limit)
        .map(
            rows -> {
              List<Event> events = events(rows);
              return unfinished(rows, events, limit)
                  .orElseGet(() -> new Page(events, EventCursor.START, true));
            });
  }

  @Override
  public Future<EventCursor> end() {
    return rows(PAGE, EventCursor.START, EventFilter.ALL, 0, 0)
        .map(rows -> horizon(rows.iterator().next()));
  }

  private Future<RowSet<Row>> rows(
      String sql, EventCursor place, EventFilter filter, int scan, int limit) {
    Short[] kinds = filter.kinds().stream().map(Codes::of).toArray(Short[]::new);
    Tuple values =
        Tuple.of(Long.toString(place.tx()), place.id(), scan, limit)
            .addValue(filter.products().isEmpty() ? null : filter.products().toArray(String[]::new))
            .addValue(filter.deviceId().orElse(null))
            .addValue(kinds.length == 0 ? null : kinds);
    return admin.read(client -> client.preparedQuery(sql).execute(values));
  }

  private static void check(EventCursor after, Row first) {
    EventCursor gone = cursor(first.getString("gone_tx"), first.getLong("gone_id"));
    if (after.compareTo(gone) < 0) {
      throw new EventsGoneException(
          "events after this cursor are gone, being older than what is kept: read the present state"
              + " of the devices, and go on without a cursor",
          gone);
    }
    if (after.tx() > Long.parseLong(first.getString("next"))) {
      throw new EventsGoneException(
          "the cursor is ahead of this database, so it comes from another one, or the database was"
              + " restored: read the present state of the devices, and go on without a cursor",
          gone);
    }
  }

  private static Page page(EventCursor after, RowSet<Row> rows, int limit) {
    EventCursor horizon = horizon(rows.iterator().next());
    List<Event> events = events(rows);
    return unfinished(rows, events, limit)
        .orElseGet(() -> new Page(events, horizon.compareTo(after) > 0 ? horizon : after, true));
  }

  /** The page, if it ends before all events were looked at. */
  private static Optional<Page> unfinished(RowSet<Row> rows, List<Event> events, int limit) {
    Row first = rows.iterator().next();
    if (events.size() == limit) {
      return Optional.of(new Page(events, events.get(limit - 1).cursor(), false));
    }
    if (first.getInteger("scanned") == SCAN) {
      EventCursor last = cursor(first.getString("last_tx"), first.getLong("last_id"));
      return Optional.of(new Page(events, last, false));
    }
    return Optional.empty();
  }

  private static List<Event> events(RowSet<Row> rows) {
    List<Event> events = new ArrayList<>();
    for (Row row : rows) {
      if (row.getLong("id") != null) {
        events.add(event(row));
      }
    }
    return events;
  }

  /** Nothing below it is still to come. */
  private static EventCursor horizon(Row row) {
    return cursor(row.getString("horizon"), 0);
  }

  private static EventCursor cursor(String tx, long id) {
    return new EventCursor(Long.parseLong(tx), id);
  }

  private static Event event(Row row) {
    EventKind kind = Codes.eventKind(row.getInteger("told_kind"));
    int connection = row.getInteger("connection_id");
    Long count = row.getLong("count");
    Long epoch = row.getLong("epoch");
    return new Event(
        cursor(row.getString("tx"), row.getLong("id")),
        row.getOffsetDateTime("at").toInstant(),
        kind,
        Optional.ofNullable(row.getString("product_id")),
        Optional.ofNullable(row.getString("device_id")),
        epoch == null ? OptionalLong.empty() : OptionalLong.of(epoch),
        connection == 0 ? OptionalInt.empty() : OptionalInt.of(connection),
        reason(kind, row.getInteger("reason")),
        count == null ? OptionalLong.empty() : OptionalLong.of(count),
        Optional.ofNullable(row.getString("actor")),
        Optional.ofNullable(row.getString("webhook")));
  }

  private static Optional<Event.Reason> reason(EventKind kind, @Nullable Integer code) {
    if (code == null) {
      return Optional.empty();
    }
    return Optional.of(
        kind == EventKind.ABANDONED
            ? ABANDONS.get(code - 1)
            : Event.Reason.valueOf(Codes.refusal(code).name()));
  }
}
