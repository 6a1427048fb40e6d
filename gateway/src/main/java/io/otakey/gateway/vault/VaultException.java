package io.otakey.gateway.vault;

/** The vault cannot be used; the message names the fault and the remedy, and no secret. */
public final class VaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A fault with its remedy. */
  public VaultException(String message) {
    super(message);
  }

  /** A fault with its remedy, and what caused it. */
  public VaultException(String message, Throwable cause) {
    super(message, cause);
  }
}
