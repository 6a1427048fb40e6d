package io.otakey.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
  @TempDir private Path folder;

  @Test
  void read_nothing_givesDefaultsThatWork() {
    GatewayConfig config = ConfigReader.read(Optional.empty(), Map.of()).config();
    assertThat(config.mode()).isEqualTo(GatewayConfig.Mode.DEVELOPMENT);
    assertThat(config.mqtt().port()).isEqualTo(1883);
    assertThat(config.https().port()).isEqualTo(8443);
    assertThat(config.exchange().grantsPerHour()).isEqualTo(12);
    assertThat(config.vault().createIfMissing()).isTrue();
  }

  @Test
  void environment_goesOverTheFile() throws IOException {
    Path file = write("mqtt:\n  port: 2000\n  host: 127.0.0.1\nlimits.maxConnections: 7\n");
    GatewayConfig config =
        ConfigReader.read(Optional.of(file), Map.of("OTAKEY_MQTT_PORT", "3000", "HOME", "x"))
            .config();
    assertThat(config.mqtt().port()).isEqualTo(3000);
    assertThat(config.mqtt().host()).isEqualTo("127.0.0.1");
    assertThat(config.limits().maxConnections()).isEqualTo(7);
  }

  @Test
  void read_manyMistakes_namesEachOfThemAtOnce() throws IOException {
    Path file =
        write(
            """
            mode: staging
            mqtt:
              port: 70000
              ports: 1
            http:
              port: http
              enabled: yes please
            limits:
              trustedSources: [10.0.0.0/8, everyone]
            tls:
              certificate: here.pem
            """);
    ConfigException failure =
        catchThrowableOfType(
            ConfigException.class,
            () -> ConfigReader.read(Optional.of(file), Map.of("OTAKEY_MQT_PORT", "1")));
    assertThat(failure.problems())
        .anyMatch(p -> p.contains("mode must be one of development, production"))
        .anyMatch(p -> p.contains("mqtt.port must be 0 to 65535"))
        .anyMatch(p -> p.contains("mqtt.ports is not a setting"))
        .anyMatch(p -> p.contains("http.port must be a whole number"))
        .anyMatch(p -> p.contains("http.enabled must be true or false"))
        .anyMatch(p -> p.contains("limits.trustedSources has an item") && p.contains("everyone"))
        .anyMatch(p -> p.contains("tls.certificate and tls.key belong together"))
        .anyMatch(p -> p.contains("OTAKEY_MQT_PORT in the environment is not a setting"))
        .hasSize(8);
  }

  @Test
  void twoListenersOnOnePort_areRefused_whereBothWouldBeHeard() throws IOException {
    Path file =
        write(
            """
            mqtt: {host: 127.0.0.1, port: 4000}
            http: {host: 127.0.0.1, port: 4000}
            https: {host: 127.0.0.2, port: 4000}
            mqtts: {enabled: false, host: 127.0.0.1, port: 4000}
            hook: {enabled: true, host: 127.0.0.1, port: 0}
            admin: {host: 0.0.0.0, port: 4000}
            """);
    ConfigException failure =
        catchThrowableOfType(
            ConfigException.class, () -> ConfigReader.read(Optional.of(file), Map.of()));
    assertThat(failure.problems())
        .containsExactlyInAnyOrder(
            "http.port and mqtt.port are both 4000: give each listener a port of its own",
            "admin.port and mqtt.port are both 4000: give each listener a port of its own",
            "admin.port and http.port are both 4000: give each listener a port of its own",
            "admin.port and https.port are both 4000: give each listener a port of its own");
  }

  @Test
  void description_showsEverySettingAndNoSecret() throws IOException {
    Path file = write("tls:\n  keyStore: a.p12\n  keyStorePassword: hunter2\n");
    String text = ConfigReader.read(Optional.of(file), Map.of()).description();
    assertThat(text)
        .contains("tls.keyStorePassword: ***")
        .doesNotContain("hunter2")
        .contains("variable: OTAKEY_EXCHANGE_MAXINFLIGHT");
  }

  @Test
  void production_needsACertificateOnlyWhereTlsListens() throws IOException {
    assertThat(ConfigReader.read(Optional.of(write("mode: production")), Map.of()).config().mqtts())
        .matches(mqtts -> !mqtts.enabled());
    Path file = write("mode: production\nmqtts: {enabled: true}");
    ConfigException failure =
        catchThrowableOfType(
            ConfigException.class, () -> ConfigReader.read(Optional.of(file), Map.of()));
    assertThat(failure.problems()).singleElement().asString().contains("tls.certificate");
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(folder.resolve("otakey.yaml"), yaml);
  }
}
