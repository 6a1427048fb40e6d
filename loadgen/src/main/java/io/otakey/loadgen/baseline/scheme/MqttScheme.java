package io.otakey.loadgen.baseline.scheme;

import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.baseline.Scheme;
import io.otakey.loadgen.baseline.ServerCpu;
import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.Host;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.baseline.wire.MqttHandler;
import io.otakey.loadgen.baseline.wire.MqttLine;
import java.io.IOException;
import java.util.Optional;

/** What schemes over MQTT share: a server, and devices that trust it. */
abstract class MqttScheme implements Scheme {
  private final Description description;
  private final Optional<SslContext> trust;
  private final Host host;

  /**
   * @param authority of the server's certificate; without TLS it goes unused
   * @param devices whose certificates devices must show; none if empty
   */
  MqttScheme(
      Description description,
      Authority authority,
      Optional<Authority> devices,
      MqttHandler.Service server)
      throws IOException {
    this.description = description;
    this.trust =
        description.tls() ? Optional.of(authority.device(Optional.empty())) : Optional.empty();
    this.host =
        Host.start(
            description.tls() ? Optional.of(authority.server(devices)) : Optional.empty(),
            pipeline -> MqttHandler.install(pipeline, server));
  }

  @Override
  public final Description description() {
    return description;
  }

  @Override
  public final ServerCpu cpu() {
    return ServerCpu.ofThread(host.cpuNanos());
  }

  @Override
  public final void close() {
    host.close();
  }

  /** A connection of a device that shows no certificate. */
  final MqttLine open(Links links, MqttLine.Login login) throws IOException {
    return open(links, trust, login);
  }

  final MqttLine open(Links links, Optional<SslContext> tls, MqttLine.Login login)
      throws IOException {
    return MqttLine.open(links, host.endpoint(), tls, login);
  }

  /** Whether the server lets this login in. */
  final boolean lets(Links links, Optional<SslContext> tls, MqttLine.Login login)
      throws IOException {
    try {
      open(links, tls, login).close();
      return true;
    } catch (MqttLine.LoginRefusedException e) {
      return false;
    }
  }

  final boolean lets(Links links, MqttLine.Login login) throws IOException {
    return lets(links, trust, login);
  }
}
