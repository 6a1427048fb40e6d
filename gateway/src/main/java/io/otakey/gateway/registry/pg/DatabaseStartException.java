package io.otakey.gateway.registry.pg;

import org.jspecify.annotations.Nullable;

/** The database cannot be used; the message names the fault and the remedy. */
public class DatabaseStartException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** An exception for the operator. */
  public DatabaseStartException(String message) {
    super(message);
  }

  /** An exception for the operator, with what lies behind it. */
  public DatabaseStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
