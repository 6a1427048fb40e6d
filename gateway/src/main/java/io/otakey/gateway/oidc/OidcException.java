package io.otakey.gateway.oidc;

/** A token that is not taken; its message is for whoever sent it and holds nothing of the token. */
public final class OidcException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean passing;

  private OidcException(String message, boolean passing) {
    super(message, null, false, false);
    this.passing = passing;
  }

  /** The token is wrong. */
  static OidcException wrong(String message) {
    return new OidcException(message, false);
  }

  /** The token cannot be judged now. */
  static OidcException later(String message) {
    return new OidcException(message, true);
  }

  /** Whether the same token may be taken later. */
  public boolean passing() {
    return passing;
  }
}
