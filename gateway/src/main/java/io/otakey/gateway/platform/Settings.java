package io.otakey.gateway.platform;

import java.util.Map;
import java.util.Optional;

/**
 * A platform's settings as text by name.
 *
 * @param open what may be shown
 * @param secret what may not
 */
public record Settings(Map<String, String> open, Map<String, String> secret) {
  /** Copies. */
  public Settings {
    open = Map.copyOf(open);
    secret = Map.copyOf(secret);
  }

  /** The setting's value, if it is set. */
  public Optional<String> get(String name) {
    return Optional.ofNullable(open.getOrDefault(name, secret.get(name)));
  }

  /** The setting's value, or this one. */
  public String get(String name, String fallback) {
    return get(name).orElse(fallback);
  }

  /** Without the secrets. */
  @Override
  public String toString() {
    return "Settings" + open;
  }
}
