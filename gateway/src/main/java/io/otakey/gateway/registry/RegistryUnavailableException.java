package io.otakey.gateway.registry;

import org.jspecify.annotations.Nullable;

/**
 * The database is away or cannot write: answer 9. Whether a write took place is unknown; asking
 * again is safe. Carries no stack.
 */
public final class RegistryUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** An exception that says what failed, with what the driver said, if anything. */
  public RegistryUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
  }
}
