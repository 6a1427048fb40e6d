package io.otakey.protocol.device;

import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Request;

/** Frames in the words of a trace. */
final class Shown {
  private Shown() {}

  static String request(byte[] frame) {
    Request request = decode(frame);
    return request.type()
        + (request instanceof Request.Keyed keyed
            ? " " + keyed.key().epoch() + "/" + keyed.key().token()
            : "");
  }

  static String answer(byte[] frame) {
    try {
      Answer answer = Answer.decode(frame);
      return answer instanceof Answer.Refused refused
          ? refused.code() + (refused.macLength() == 0 ? " without mac" : "")
          : answer.getClass().getSimpleName();
    } catch (MalformedFrameException e) {
      throw new AssertionError("the gateway sent a malformed frame", e);
    }
  }

  static Request decode(byte[] frame) {
    try {
      return Request.decode(frame);
    } catch (MalformedFrameException e) {
      throw new AssertionError("a device sent a malformed frame", e);
    }
  }
}
