package io.otakey.gateway.registry;

/** Another node has the duty now. */
public final class LeaseLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure without a stack trace. */
  public LeaseLostException(String duty) {
    super("another node does the " + duty + " now", null, false, false);
  }
}
