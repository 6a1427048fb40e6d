package io.otakey.gateway.registry;

/** Events after the asked place are not there any more, or the place is none of this database. */
public final class EventsGoneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final EventCursor last;

  /**
   * With a message that names the remedy.
   *
   * @param last the newest event that is gone
   */
  public EventsGoneException(String message, EventCursor last) {
    super(message);
    this.last = last;
  }

  /** The newest event that is gone: whoever goes on behind it reads all that is left. */
  public EventCursor last() {
    return last;
  }
}
