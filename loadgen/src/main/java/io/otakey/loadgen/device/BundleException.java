package io.otakey.loadgen.device;

import org.jspecify.annotations.Nullable;

/** A bundle that cannot be used; the message says why and what to do. */
public final class BundleException extends Exception {
  private static final long serialVersionUID = 1L;

  BundleException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
