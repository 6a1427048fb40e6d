package io.otakey.gateway.doctor;

import io.otakey.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Whether every listener could have its port: all are bound for an instant, and let go. */
final class PortCheck {
  private static final int PRIVILEGED = 1024;

  /** Who would listen where. */
  record Listener(String name, boolean enabled, String host, int port) {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  private PortCheck() {}

  static List<Listener> listeners(GatewayConfig config) {
    return Stream.of(
            new Listener(
                "mqtt", config.mqtt().enabled(), config.mqtt().host(), config.mqtt().port()),
            new Listener(
                "mqtts", config.mqtts().enabled(), config.mqtts().host(), config.mqtts().port()),
            new Listener(
                "http", config.http().enabled(), config.http().host(), config.http().port()),
            new Listener(
                "https", config.https().enabled(), config.https().host(), config.https().port()),
            new Listener(
                "hook", config.hook().enabled(), config.hook().host(), config.hook().port()),
            new Listener("admin", true, config.admin().host(), config.admin().port()),
            new Listener(
                "cluster",
                config.cluster().enabled(),
                config.cluster().host(),
                config.cluster().port()))
        .filter(Listener::enabled)
        .toList();
  }

  /** All are held until the last was tried, so that two that want one port are found. */
  static List<Finding> look(List<Listener> listeners) {
    List<Finding> findings = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (Listener listener : listeners) {
        findings.add(bind(listener, held));
      }
    } finally {
      held.forEach(PortCheck::close);
    }
    return findings;
  }

  private static Finding bind(Listener listener, List<ServerSocket> held) {
    try {
      ServerSocket socket = new ServerSocket();
      held.add(socket);
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(listener.host(), listener.port()));
      return Finding.ok(
          listener.name(),
          listener.port() == 0
              ? "any port of " + listener.host() + ", since the setting is 0"
              : listener + " is free");
    } catch (IOException e) {
      return explain(listener, String.valueOf(e.getMessage()));
    }
  }

  static Finding explain(Listener listener, String why) {
    String setting = listener.name() + ".port";
    if (why.contains("in use")) {
      return PortHolder.of(listener.port())
          .map(holder -> taken(listener, holder))
          .orElseGet(
              () ->
                  Finding.fault(
                      listener.name(),
                      listener + " is in use by a process that cannot be seen from here",
                      "find it as root with ss -ltnp and stop it, or set " + setting));
    }
    if (why.contains("denied") && listener.port() < PRIVILEGED) {
      return Finding.fault(
          listener.name(),
          listener + ": this user may not listen below " + PRIVILEGED,
          "start with AmbientCapabilities=CAP_NET_BIND_SERVICE, or set " + setting);
    }
    return Finding.fault(
        listener.name(),
        listener + " cannot be listened on (" + why + ")",
        "set " + listener.name() + ".host to an address of this machine, or " + setting);
  }

  static Finding taken(Listener listener, PortHolder holder) {
    if (holder.pid() == ProcessHandle.current().pid()) {
      return Finding.fault(
          listener.name(),
          listener + " is the port of another listener of this configuration, too",
          "set " + listener.name() + ".port to another");
    }
    return holder.gateway()
        ? Finding.warning(
            listener.name(),
            listener + " is in use by a gateway, process " + holder.pid(),
            "nothing if that is this node; else stop it, or set " + listener.name() + ".port")
        : Finding.fault(
            listener.name(),
            listener + " is in use by process " + holder.pid() + ", " + holder.name(),
            "stop it, or set " + listener.name() + ".port");
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException("a socket that was never used does not close", e);
    }
  }
}
