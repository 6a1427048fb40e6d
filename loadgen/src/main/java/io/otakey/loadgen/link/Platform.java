package io.otakey.loadgen.link;

import java.net.InetSocketAddress;

/**
 * Where devices log in with what the gateway granted.
 *
 * @param id the connection's platform id
 * @param address looked up once, when the platform is first heard of
 */
public record Platform(String id, InetSocketAddress address) {
  @Override
  public String toString() {
    return id + " at " + address.getHostString() + ":" + address.getPort();
  }
}
