package io.otakey.gateway.registry;

/** What the holder of an API token may do; each may what the one before may. */
public enum Role {
  /** Read. */
  VIEWER,
  /** Change devices. */
  OPERATOR,
  /** Everything. */
  ADMIN
}
