package io.otakey.gateway.platform;

import java.util.Map;
import java.util.Optional;

/**
 * A platform that the gateway knows more of than its id. Immutable.
 *
 * @param id as connections name it
 * @param kind how logins come to exist there: a {@link ConnectorKind}'s name, or one of {@link
 *     Kinds}
 * @param settings those that may be shown
 * @param sealed those that may not, sealed by the vault; not to be changed by the reader
 * @param version rises with every change of any platform, so that no two states share one
 */
public record Platform(
    String id, String kind, Map<String, String> settings, Optional<byte[]> sealed, long version) {
  /** Copies the settings. */
  public Platform {
    settings = Map.copyOf(settings);
  }

  /** Whether devices there are to be told by messages. */
  boolean notifies() {
    return Boolean.parseBoolean(settings.get(ConnectorKind.NOTIFY.name()));
  }
}
