package io.otakey.gateway.webhook;

/**
 * A delivery did not arrive; the message says why and holds nothing of what was sent or answered.
 */
public final class WebhookException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure without a stack trace. */
  public WebhookException(String why) {
    super(why, null, false, false);
  }
}
