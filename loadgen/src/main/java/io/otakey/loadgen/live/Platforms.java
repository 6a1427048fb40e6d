package io.otakey.loadgen.live;

import io.otakey.loadgen.link.Platform;
import io.otakey.protocol.wire.Connection;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Every platform that a grant has named so far, once; for any thread. */
final class Platforms {
  private final Map<String, Platform> known = new ConcurrentHashMap<>();

  /** The platform of a connection. The first time its name is looked up, which may block. */
  Platform of(Connection connection) {
    String name = connection.platformId() + " " + connection.host() + " " + connection.port();
    return known.computeIfAbsent(
        name,
        key ->
            new Platform(
                connection.platformId(),
                new InetSocketAddress(connection.host(), connection.port())));
  }

  Collection<Platform> all() {
    return List.copyOf(known.values());
  }
}
