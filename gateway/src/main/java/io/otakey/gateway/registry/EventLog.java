package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * The events in the order of commits. An event shows up as soon as no transaction that is still
 * open can put one before it. Safe to call from any thread. Fails as {@link DeviceAdministration}
 * does, and with {@link EventsGoneException}.
 */
public interface EventLog {
  /** Most events of one page. */
  int MAX_PAGE = 1000;

  /**
   * Some events and how far they reach.
   *
   * @param end everything between where it began and here was looked at; go on from here
   * @param atEnd there was nothing more to look at
   */
  record Page(List<Event> events, EventCursor end, boolean atEnd) {
    /** Copies the list. */
    public Page {
      events = List.copyOf(events);
    }
  }

  /**
   * What comes after a place. A page may hold fewer events than its limit, or none, before the end:
   * each looks at some thousand events, whatever the filter.
   *
   * @param after empty = from the oldest there is
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<Page> page(Optional<EventCursor> after, EventFilter filter, int limit);

  /**
   * The newest first, back from a place. As with {@link #page}, a page may hold fewer events than
   * its limit before the oldest.
   *
   * @param before empty = from the newest there is
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<Page> pageBack(Optional<EventCursor> before, EventFilter filter, int limit);

  /** The place behind all events that there are. */
  Future<EventCursor> end();
}
