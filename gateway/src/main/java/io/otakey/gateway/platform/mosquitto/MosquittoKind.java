package io.otakey.gateway.platform.mosquitto;

import io.otakey.gateway.platform.ConnectorKind;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.Settings;
import io.otakey.gateway.platform.net.Address;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/** Eclipse Mosquitto 2 with its dynamic security plugin. */
public final class MosquittoKind implements ConnectorKind {
  static final String USER = "user";
  static final String PASSWORD = "password";

  @Override
  public String name() {
    return "mosquitto";
  }

  @Override
  public List<Setting> settings() {
    List<Setting> all = new ArrayList<>(Address.settings(Address.Schemes.MQTT, "the broker"));
    all.add(new Setting(USER, true, false, "the gateway's own client of dynamic security"));
    all.add(new Setting(PASSWORD, true, true, "its password"));
    all.add(NOTIFY);
    return all;
  }

  @Override
  public void validate(Settings settings, List<String> problems) {
    Address.read(settings, Address.Schemes.MQTT, problems)
        .filter(address -> !address.path().isEmpty())
        .ifPresent(address -> problems.add("url must have no path"));
    if (settings.get(USER, "").isEmpty()) {
      problems.add("user must not be empty");
    }
    if (settings.get(PASSWORD, "").isEmpty()) {
      problems.add("password must not be empty");
    }
  }

  @Override
  public PlatformConnector connect(Vertx vertx, Settings settings) {
    return new MosquittoConnector(
        new ControlLink(
            vertx,
            Address.of(settings, Address.Schemes.MQTT),
            settings.get(USER, ""),
            settings.get(PASSWORD, "")));
  }
}
