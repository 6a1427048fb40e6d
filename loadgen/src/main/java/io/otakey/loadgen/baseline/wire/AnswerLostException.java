package io.otakey.loadgen.baseline.wire;

import java.io.IOException;

/** The answer was taken from the device on purpose, and the connection with it. */
public final class AnswerLostException extends IOException {
  private static final long serialVersionUID = 1;

  AnswerLostException(int answer) {
    super("answer " + answer + " was lost on purpose");
  }
}
