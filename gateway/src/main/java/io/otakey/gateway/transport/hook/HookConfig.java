package io.otakey.gateway.transport.hook;

import io.otakey.gateway.tls.PemFiles;
import io.otakey.gateway.transport.AddressRange;
import java.util.List;
import java.util.Optional;

/**
 * The listener that platforms ask.
 *
 * @param enabled whether it listens
 * @param host address to bind
 * @param port 0 = any free one
 * @param tls key and certificate; without it passwords travel in clear
 * @param platforms who may ask; a connection from elsewhere is closed
 * @param maxConnections open at once; more are closed, so that whoever may ask cannot take what
 *     devices need
 * @param idleSeconds a connection on which nothing came for so long is closed: longer than brokers
 *     keep theirs for the next question
 * @param topicPrefix devices publish and subscribe below {@code prefix/productId/deviceId/}, a dot
 *     of the id written as %2E
 */
public record HookConfig(
    boolean enabled,
    String host,
    int port,
    Optional<PemFiles> tls,
    List<AddressRange> platforms,
    int maxConnections,
    int idleSeconds,
    String topicPrefix) {
  /** Copies the list. */
  public HookConfig {
    platforms = List.copyOf(platforms);
  }
}
