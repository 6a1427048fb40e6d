package io.otakey.protocol.wire;

/**
 * Bytes that are not a frame of OTA-Key/1. Carries no stack trace: garbage from the network is an
 * ordinary input and must stay cheap to refuse.
 */
public final class MalformedFrameException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param detail what is wrong, in constant words: never bytes of the frame
   */
  public MalformedFrameException(String detail) {
    super(detail, null, false, false);
  }
}
