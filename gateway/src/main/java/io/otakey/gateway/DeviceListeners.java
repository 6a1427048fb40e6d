package io.otakey.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.config.GatewayConfig;
import io.otakey.gateway.exchange.FrameService;
import io.otakey.gateway.exchange.PlatformLogin;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.Places;
import io.otakey.gateway.metric.Resource;
import io.otakey.gateway.presence.Presence;
import io.otakey.gateway.tls.ServerTls;
import io.otakey.gateway.transport.Admission;
import io.otakey.gateway.transport.hook.HookConfig;
import io.otakey.gateway.transport.hook.HookTransport;
import io.otakey.gateway.transport.http.HttpConfig;
import io.otakey.gateway.transport.http.HttpTransport;
import io.otakey.gateway.transport.mqtt.MqttConfig;
import io.otakey.gateway.transport.mqtt.MqttTransport;
import io.vertx.core.Vertx;
import java.util.Optional;

/** Opens what devices and their platforms connect to, as the configuration says. */
final class DeviceListeners {
  private final GatewayConfig config;
  private final Listeners listeners;
  private final Admission admission;
  private final FrameService frames;
  private final Presence presence;
  private final MeterRegistry meters;

  DeviceListeners(
      GatewayConfig config,
      Listeners listeners,
      Admission admission,
      FrameService frames,
      Presence presence,
      MeterRegistry meters) {
    this.config = config;
    this.listeners = listeners;
    this.admission = admission;
    this.frames = frames;
    this.presence = presence;
    this.meters = meters;
  }

  /** All of them; each listens when this returns. Blocks; not for event loops. */
  void open(Vertx vertx, PlatformLogin logins) {
    Optional<ServerTls> tls = tls();
    mqtt("mqtt", config.mqtt(), Optional.empty());
    mqtt("mqtts", config.mqtts(), tls);
    http("http", config.http(), Optional.empty());
    http("https", config.https(), tls);
    Optional<ServerTls> hookTls = config.hook().enabled() ? hookTls() : Optional.empty();
    hook(config.hook(), hookTls, logins);
    tls.ifPresent(certificate -> keep(vertx, certificate, "devices"));
    hookTls.ifPresent(certificate -> keep(vertx, certificate, "hook"));
  }

  private void keep(Vertx vertx, ServerTls certificate, String of) {
    certificate.watch(vertx);
    Metric.CERTIFICATE_EXPIRES.gauge(meters, certificate, ServerTls::expires, of);
  }

  private Optional<ServerTls> hookTls() {
    return config
        .hook()
        .tls()
        .map(files -> ServerTls.load("hook", files, config.limits().firstFrame()));
  }

  private Optional<ServerTls> tls() {
    return config.mqtts().enabled() || config.https().enabled()
        ? Optional.of(
            ServerTls.load("device listeners", config.tls(), config.limits().firstFrame()))
        : Optional.empty();
  }

  private void mqtt(String name, MqttConfig mqtt, Optional<ServerTls> tls) {
    if (mqtt.enabled()) {
      Counter late = late(name);
      listeners.deploy(
          name,
          mqtt.host() + ":" + mqtt.port(),
          () ->
              new MqttTransport(
                  mqtt,
                  tls,
                  admission,
                  frames,
                  frames.handlerFor(name),
                  presence,
                  config.limits(),
                  late),
          MqttTransport::port);
    }
  }

  private void http(String name, HttpConfig http, Optional<ServerTls> tls) {
    if (http.enabled()) {
      Counter late = late(name);
      listeners.deploy(
          name,
          http.host() + ":" + http.port(),
          () ->
              new HttpTransport(
                  http,
                  tls,
                  admission,
                  frames,
                  frames.handlerFor(name),
                  config.limits().firstFrame(),
                  late),
          HttpTransport::port);
    }
  }

  private void hook(HookConfig hook, Optional<ServerTls> tls, PlatformLogin logins) {
    if (hook.enabled()) {
      Places places = new Places(Resource.HOOK_CONNECTIONS, hook.maxConnections(), meters);
      listeners.deploy(
          "hook",
          hook.host() + ":" + hook.port(),
          () -> new HookTransport(hook, tls, logins, places),
          HookTransport::port);
    }
  }

  private Counter late(String name) {
    return Metric.CONNECTIONS_REFUSED.counter(meters, name + "_silent");
  }
}
