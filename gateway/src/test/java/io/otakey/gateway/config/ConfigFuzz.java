package io.otakey.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.fuzz.FuzzTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node's configuration, as file and as variables. */
public final class ConfigFuzz implements FuzzTarget.Suite {
  private static final int EACH = 800;

  private final Path file;

  /** With a file of its own, which is overwritten for every input. */
  public ConfigFuzz() {
    try {
      file = Files.createTempFile("otakey-fuzz", ".yaml");
      file.toFile().deleteOnExit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        new FuzzTarget(
            "config-file",
            EACH,
            FuzzTarget.texts(
                """
                mode: development
                data: var/x
                vault: {file: /tmp/v.json}
                admin: {port: 0, gatewayAddresses: [a.example, b.example], tokenHashes: []}
                limits:
                  trustedSources: [127.0.0.0/8, "::1"]
                  firstFrame: 30
                http: {trustedProxies: ["10.0.0.0/8"], port: 8080}
                cluster: {enabled: true, members: ["127.0.0.1:5701"], port: 5701}
                """,
                "database:\n  host: db.example\n  ssl: verify_full\n  caFile: ca.pem\n",
                "a: &a {b: 1}\nc: *a\n--- !!map {d: e}\n"),
            this::fromFile),
        new FuzzTarget(
            "config-variables",
            EACH,
            FuzzTarget.texts(
                "OTAKEY_MQTT_PORT=1883\nOTAKEY_MODE=production\nOTAKEY_TLS_KEY=/k\n"
                    + "OTAKEY_TLS_CERTIFICATE=/c\nOTAKEY_WEBHOOKS_REACH=10.0.0.0/8",
                "OTAKEY_VAULT_JSON={}\nOTAKEY_HOOK_TOPICPREFIX=a/b\nOTAKEY_CENSUS_EVERY=60"),
            ConfigFuzz::fromVariables));
  }

  private void fromFile(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    read(Optional.of(file), Map.of());
  }

  private static void fromVariables(byte[] bytes) {
    Map<String, String> environment = new HashMap<>();
    for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
      int end = line.indexOf('=');
      if (end > 0) {
        environment.put(line.substring(0, end), line.substring(end + 1));
      }
    }
    read(Optional.empty(), environment);
  }

  private static void read(Optional<Path> file, Map<String, String> environment) {
    try {
      assertThat(ConfigReader.read(file, environment).description()).isNotBlank();
    } catch (ConfigException e) {
      assertThat(e.problems()).isNotEmpty().allSatisfy(one -> assertThat(one).isNotBlank());
    }
  }
}
