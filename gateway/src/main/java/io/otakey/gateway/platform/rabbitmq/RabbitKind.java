package io.otakey.gateway.platform.rabbitmq;

import io.otakey.gateway.platform.ConnectorKind;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.Settings;
import io.otakey.gateway.platform.net.Address;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/** RabbitMQ with its MQTT and management plugins. */
public final class RabbitKind implements ConnectorKind {
  static final String USER = "user";
  static final String PASSWORD = "password";
  static final String VHOST = "vhost";
  static final String EXCHANGE = "exchange";

  private static final String DEFAULT_VHOST = "/";
  private static final String DEFAULT_EXCHANGE = "amq.topic";

  @Override
  public String name() {
    return "rabbitmq";
  }

  @Override
  public List<Setting> settings() {
    List<Setting> all =
        new ArrayList<>(Address.settings(Address.Schemes.HTTP, "RabbitMQ's management API"));
    all.add(new Setting(USER, true, false, "the gateway's own user, with tag administrator"));
    all.add(new Setting(PASSWORD, true, true, "its password"));
    all.add(new Setting(VHOST, false, false, "virtual host of the devices, default /"));
    all.add(
        new Setting(EXCHANGE, false, false, "as the broker's mqtt.exchange, default amq.topic"));
    all.add(NOTIFY);
    return all;
  }

  @Override
  public void validate(Settings settings, List<String> problems) {
    Address.read(settings, Address.Schemes.HTTP, problems);
    if (settings.get(USER, "").isEmpty() || settings.get(USER, "").contains(":")) {
      problems.add("user must be a name without a colon");
    }
    if (settings.get(PASSWORD, "").isEmpty()) {
      problems.add("password must not be empty");
    }
    if (settings.get(VHOST, DEFAULT_VHOST).isEmpty()) {
      problems.add("vhost must not be empty");
    }
    if (settings.get(EXCHANGE, DEFAULT_EXCHANGE).isEmpty()) {
      problems.add("exchange must not be empty");
    }
  }

  @Override
  public PlatformConnector connect(Vertx vertx, Settings settings) {
    return new RabbitConnector(
        new RabbitApi(
            vertx,
            Address.of(settings, Address.Schemes.HTTP),
            settings.get(USER, ""),
            settings.get(PASSWORD, "")),
        settings.get(VHOST, DEFAULT_VHOST),
        settings.get(EXCHANGE, DEFAULT_EXCHANGE),
        Boolean.parseBoolean(settings.get(NOTIFY.name(), "false")));
  }
}
