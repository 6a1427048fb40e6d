package io.otakey.gateway.registry;

/** Events after the asked place are not there any more, or the place is none of this database. */
public final class EventsGoneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a message that names the remedy. */
  public EventsGoneException(String message) {
    super(message);
  }
}
