package io.otakey.gateway.transport.hook;

import io.otakey.gateway.transport.AddressRange;
import java.util.List;

/**
 * The listener that platforms ask.
 *
 * @param enabled whether it listens
 * @param host address to bind
 * @param port 0 = any free one
 * @param platforms who may ask; a connection from elsewhere is closed
 * @param topicPrefix devices publish and subscribe below {@code prefix/productId/deviceId/}, a dot
 *     of the id written as %2E
 */
public record HookConfig(
    boolean enabled, String host, int port, List<AddressRange> platforms, String topicPrefix) {
  /** Copies the list. */
  public HookConfig {
    platforms = List.copyOf(platforms);
  }
}
