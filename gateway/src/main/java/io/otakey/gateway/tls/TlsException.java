package io.otakey.gateway.tls;

import org.jspecify.annotations.Nullable;

/** TLS cannot be set up; the message names the fault and the remedy. */
public final class TlsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TlsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
