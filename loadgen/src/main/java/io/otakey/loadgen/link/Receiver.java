package io.otakey.loadgen.link;

/** Who sent a frame and waits for its answer. Called on the event loop of the connection. */
public interface Receiver {
  /** The answer to this frame. */
  void answered(Sent sent, byte[] answer);

  /** A NOTICE that answers nothing; may be forged or meant for another. */
  default void pushed(byte[] notice) {}

  /** The connection went away before the answer. */
  void lost(Sent sent);

  /**
   * A frame on its way.
   *
   * @param at when it was given to the connection, on the clock of {@link System#nanoTime}
   */
  record Sent(Receiver receiver, byte[] frame, long at) {
    void answered(byte[] answer) {
      receiver.answered(this, answer);
    }

    void lost() {
      receiver.lost(this);
    }
  }
}
