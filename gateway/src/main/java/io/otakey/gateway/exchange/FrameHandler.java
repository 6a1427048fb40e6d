package io.otakey.gateway.exchange;

import io.vertx.core.Future;

/** Takes frames of one transport. */
@FunctionalInterface
public interface FrameHandler {
  /**
   * Answers one frame. Call it on an event loop; the future completes there, always with a reply
   * and never with a failure.
   *
   * @param frame the bytes as they came; the handler keeps them, nobody may change them
   */
  Future<Reply> handle(byte[] frame);
}
