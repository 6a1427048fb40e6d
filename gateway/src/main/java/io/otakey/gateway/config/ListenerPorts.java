package io.otakey.gateway.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * No two listeners on one port: Vert.x would let them share it in silence, and a connection would
 * come to either.
 */
final class ListenerPorts {
  private static final Set<String> EVERYWHERE = Set.of("0.0.0.0", "::", "[::]");

  private record Listener(String name, boolean enabled, String host, int port) {
    boolean isInTheWayOf(Listener other) {
      return enabled
          && other.enabled
          && port == other.port
          && port != 0
          && (host.equals(other.host)
              || EVERYWHERE.contains(host)
              || EVERYWHERE.contains(other.host));
    }
  }

  private ListenerPorts() {}

  /** Adds what is wrong. */
  static void check(GatewayConfig config, List<String> problems) {
    List<Listener> before = new ArrayList<>();
    for (Listener listener : of(config)) {
      before.stream()
          .filter(listener::isInTheWayOf)
          .forEach(
              other ->
                  problems.add(
                      listener.name
                          + ".port and "
                          + other.name
                          + ".port are both "
                          + listener.port
                          + ": give each listener a port of its own"));
      before.add(listener);
    }
  }

  private static List<Listener> of(GatewayConfig config) {
    return List.of(
        new Listener("mqtt", config.mqtt().enabled(), config.mqtt().host(), config.mqtt().port()),
        new Listener(
            "mqtts", config.mqtts().enabled(), config.mqtts().host(), config.mqtts().port()),
        new Listener("http", config.http().enabled(), config.http().host(), config.http().port()),
        new Listener(
            "https", config.https().enabled(), config.https().host(), config.https().port()),
        new Listener("hook", config.hook().enabled(), config.hook().host(), config.hook().port()),
        new Listener("admin", true, config.admin().host(), config.admin().port()),
        new Listener(
            "cluster",
            config.cluster().enabled(),
            config.cluster().host(),
            config.cluster().port()));
  }
}
