package io.otakey.gateway.registry;

/** Too much at once, or too many writers on one device: answer 8. Carries no stack. */
public final class RegistryBusyException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** An exception that says what is full. */
  public RegistryBusyException(String message) {
    super(message, null, false, false);
  }
}
