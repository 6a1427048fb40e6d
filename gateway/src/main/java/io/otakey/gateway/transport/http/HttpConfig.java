package io.otakey.gateway.transport.http;

import io.otakey.gateway.transport.AddressRange;
import java.util.List;

/**
 * One HTTP listener.
 *
 * @param enabled whether it listens
 * @param host address to bind
 * @param port 0 = any free one
 * @param tls whether it speaks TLS
 * @param proxyProtocol every connection begins with a PROXY protocol header (v1 or v2)
 * @param trustedProxies whose X-Forwarded-For is believed
 * @param idleSeconds a kept-alive connection without a request is closed after this
 */
public record HttpConfig(
    boolean enabled,
    String host,
    int port,
    boolean tls,
    boolean proxyProtocol,
    List<AddressRange> trustedProxies,
    int idleSeconds) {
  /** Copies the list. */
  public HttpConfig {
    trustedProxies = List.copyOf(trustedProxies);
  }
}
