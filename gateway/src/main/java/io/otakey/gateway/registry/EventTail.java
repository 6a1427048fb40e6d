package io.otakey.gateway.registry;

import io.otakey.gateway.registry.EventLog.Page;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest events in memory, read once for all readers of this node, and only while there are
 * any. Asking the database four times a second costs less than its telling: a NOTIFY in the
 * transactions of commits would have them take turns. A reader that fell behind what is kept here
 * reads pages of its own, as slowly as it likes. One event loop.
 */
public final class EventTail {
  private static final Logger LOG = LoggerFactory.getLogger(EventTail.class);
  private static final int KEPT = 5000;
  private static final long EVERY_MS = 250;

  private final Vertx vertx;
  private final EventLog log;
  private final Set<Runnable> readers = new LinkedHashSet<>();
  private final Deque<Event> kept = new ArrayDeque<>();
  private Optional<EventCursor> from = Optional.empty();
  private EventCursor to = EventCursor.START;
  private long timer;
  private boolean reading;
  private boolean failing;

  /** Reads nothing before somebody joins. */
  public EventTail(Vertx vertx, EventLog log) {
    this.vertx = vertx;
    this.log = log;
  }

  /** From now on calls back whenever the newest place has moved. */
  public void join(Runnable reader) {
    if (readers.isEmpty()) {
      timer = vertx.setPeriodic(EVERY_MS, id -> read());
    }
    readers.add(reader);
  }

  /** Nothing is called back any more. */
  public void leave(Runnable reader) {
    if (readers.remove(reader) && readers.isEmpty()) {
      vertx.cancelTimer(timer);
      forget();
    }
  }

  /** How many there are. */
  public int readers() {
    return readers.size();
  }

  /** What comes after a place: from memory if it is there. */
  public Future<Page> page(EventCursor after, EventFilter filter, int limit) {
    if (from.isEmpty() || after.compareTo(from.get()) < 0) {
      return log.page(Optional.of(after), filter, limit);
    }
    if (after.compareTo(to) >= 0) {
      return Future.succeededFuture(new Page(List.of(), after, true));
    }
    Stream<Event> newer =
        kept.stream().filter(event -> event.cursor().compareTo(after) > 0 && filter.matches(event));
    List<Event> events = newer.limit(limit).toList();
    return Future.succeededFuture(
        events.size() == limit
            ? new Page(events, events.get(limit - 1).cursor(), false)
            : new Page(events, to, true));
  }

  private void read() {
    if (reading) {
      return;
    }
    reading = true;
    Future<Void> done =
        from.isEmpty()
            ? log.end().onSuccess(this::begin).mapEmpty()
            : log.page(Optional.of(to), EventFilter.ALL, EventLog.MAX_PAGE)
                .onSuccess(this::take)
                .mapEmpty();
    done.onSuccess(read -> failing = false)
        .onFailure(this::failed)
        .onComplete(
            read -> {
              reading = false;
              List.copyOf(readers).forEach(Runnable::run);
            });
  }

  private void begin(EventCursor end) {
    if (!readers.isEmpty()) {
      from = Optional.of(end);
      to = end;
    }
  }

  private void take(Page page) {
    if (from.isEmpty()) {
      return; // everybody left meanwhile
    }
    kept.addAll(page.events());
    to = page.end();
    while (kept.size() > KEPT) {
      from = Optional.of(kept.remove().cursor());
    }
  }

  private void forget() {
    kept.clear();
    from = Optional.empty();
  }

  /** If the tail's own place is gone, readers ask for theirs and are told. */
  private void failed(Throwable failure) {
    if (failure instanceof EventsGoneException) {
      forget();
    } else if (!failing) {
      failing = true;
      LOG.warn("readers of new events wait: {}", failure.getMessage());
    }
  }
}
