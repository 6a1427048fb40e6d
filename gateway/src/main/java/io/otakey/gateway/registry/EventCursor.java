package io.otakey.gateway.registry;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place among the events, which stand in the order of commits. Whoever has read up to here misses
 * nothing that comes later.
 *
 * @param tx transaction that wrote the event
 * @param id of the event; orders those of one transaction
 */
public record EventCursor(long tx, long id) implements Comparable<EventCursor> {
  /** Before all events. */
  public static final EventCursor START = new EventCursor(0, 0);

  private static final Pattern FORM = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");
  private static final Comparator<EventCursor> ORDER =
      Comparator.comparingLong(EventCursor::tx).thenComparingLong(EventCursor::id);

  /** The place that {@link #text} wrote; empty if the text is none. */
  public static Optional<EventCursor> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new EventCursor(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }

  /** As others keep it. */
  public String text() {
    return tx + "-" + id;
  }

  @Override
  public int compareTo(EventCursor other) {
    return ORDER.compare(this, other);
  }
}
