package io.otakey.gateway.exchange;

import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Request;

/** Frames in the words of a walk's trace. */
final class WalkShown {
  private WalkShown() {}

  static String request(byte[] frame) {
    Request request = WalkRules.request(frame);
    return request.type()
        + (request instanceof Request.Keyed keyed
            ? " " + keyed.key().epoch() + "/" + keyed.key().token()
            : "");
  }

  static String answer(byte[] frame) {
    Answer answer = WalkRules.answer(frame);
    return answer instanceof Answer.Refused refused
        ? refused.code() + (refused.macLength() == 0 ? " without mac" : "")
        : answer.getClass().getSimpleName();
  }

  /** Whether the frame asks for a grant. */
  static boolean opens(byte[] frame) {
    return WalkRules.request(frame) instanceof Request.Opening;
  }
}
