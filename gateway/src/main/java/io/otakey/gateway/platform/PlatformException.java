package io.otakey.gateway.platform;

/** A platform does not answer, or not in time, or is not asked since it did not lately. */
public final class PlatformException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure without a stack trace. */
  public PlatformException(String why) {
    super(why, null, false, false);
  }
}
