package io.otakey.protocol.device;

/** How a login to the platform ended. */
public enum LoginResult {
  /** The platform took the credential. */
  ACCEPTED,
  /** The platform said no. */
  REFUSED,
  /** No platform was reached. */
  UNREACHABLE
}
