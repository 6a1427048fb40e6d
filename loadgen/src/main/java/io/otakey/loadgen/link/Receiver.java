package io.otakey.loadgen.link;

/** Who sent a frame and waits for its answer. Called on the event loop of the connection. */
public interface Receiver {
  /** The answer to the oldest frame that has none yet. */
  void answered(byte[] frame);

  /** The connection went away first. */
  void lost();
}
