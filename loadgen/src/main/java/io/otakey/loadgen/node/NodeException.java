package io.otakey.loadgen.node;

import org.jspecify.annotations.Nullable;

/** A gateway that does not do what a run needs; the message says why and what to do. */
public final class NodeException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The same, with what it came from. */
  public NodeException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** A gateway, or what runs beside it, failed: what, and what to do. */
  public NodeException(String message) {
    super(message);
  }
}
