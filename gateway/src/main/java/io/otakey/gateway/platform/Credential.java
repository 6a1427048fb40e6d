package io.otakey.gateway.platform;

/**
 * A login with its secret. The secret is derived anew whenever it is needed and stored nowhere but
 * on the platform.
 *
 * @param secret the platform secret, ASCII
 */
public record Credential(Login login, String secret) {
  /** Without the secret. */
  @Override
  public String toString() {
    return login.toString();
  }
}
