package io.otakey.gateway.platform;

import io.vertx.core.Vertx;
import java.util.List;

/** A kind of platform, by the software it runs. Stateless. */
public interface ConnectorKind {
  /** For kinds whose connectors can: {@link PlatformConnector#notify} is wanted. */
  Setting NOTIFY =
      new Setting(
          "notify",
          false,
          false,
          "true: a device that is asked for something and is not connected to the gateway is told"
              + " by a message; default false");

  /** As operators write it: "rabbitmq". */
  String name();

  /** Every setting there is, for help texts and for checks of names. */
  List<Setting> settings();

  /**
   * A setting.
   *
   * @param secret stored sealed, never shown
   * @param doc meaning, unit, range and default
   */
  record Setting(String name, boolean required, boolean secret, String doc) {}

  /** Adds a sentence for every value that cannot be; names were checked before. */
  void validate(Settings settings, List<String> problems);

  /** A connector to the platform that the settings tell of; valid ones only. Connects lazily. */
  PlatformConnector connect(Vertx vertx, Settings settings);
}
