package io.otakey.gateway.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** docs/configuration.md, from the code that reads settings. */
final class ConfigPage {
  private static final String HEAD =
      """
      # Configuration

      Every setting of a gateway. Made from the code that reads them
      (`gateway/src/main/java/io/otakey/gateway/config`); a test compares. After a change:
      `mvn test -pl protocol,gateway -Dtest='KeySourceTest,VectorTest,ConfigPageTest' -Dsurefire.failIfNoSpecifiedTests=false -Dotakey.write=true`.

      - In YAML `mqtt.port` stands as `mqtt: {port: 1883}` or `mqtt.port: 1883`; lists are sequences.
        The variable goes over the file; in it, items of a list are separated by commas.
      - A name that is none here is a mistake, in the file and among variables that begin with
        `OTAKEY_`. All mistakes are reported together: `./otakey doctor --config otakey.yaml`.
      - What is in force, and where it came from: `./otakey gateway --config otakey.yaml --print-config`.
        Secrets are shown as `***`.
      - DATA is the folder of the setting `data`. Where *production* stands with a default, it is
        that of `mode: production`.

      """;

  /** What stands in no section. */
  private static final String GENERAL = "general";

  private ConfigPage() {}

  static String text() {
    Map<String, Settings.Setting> production =
        ConfigReader.settings(Map.of("OTAKEY_MODE", "production", "OTAKEY_DATA", "DATA")).stream()
            .collect(Collectors.toMap(Settings.Setting::name, Function.identity()));
    Map<String, List<Settings.Setting>> sections =
        ConfigReader.settings(Map.of("OTAKEY_DATA", "DATA")).stream()
            .collect(
                Collectors.groupingBy(
                    setting -> section(setting.name()), LinkedHashMap::new, Collectors.toList()));
    return HEAD
        + sections.entrySet().stream()
            .map(entry -> section(entry.getKey(), entry.getValue(), production))
            .collect(Collectors.joining("\n"))
        + others();
  }

  private static String section(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? GENERAL : name.substring(0, dot);
  }

  private static String section(
      String title, List<Settings.Setting> settings, Map<String, Settings.Setting> production) {
    return "## "
        + title
        + "\n| setting | variable | type | default | range | what |\n|---|---|---|---|---|---|\n"
        + settings.stream()
            .map(
                setting ->
                    row(
                        code(setting.name()),
                        code(Settings.variable(setting.name())),
                        setting.form().type(),
                        fallback(setting, Objects.requireNonNull(production.get(setting.name()))),
                        setting.form().range(),
                        setting.doc()))
            .collect(Collectors.joining());
  }

  private static String fallback(Settings.Setting setting, Settings.Setting production) {
    String usual = value(setting.fallback());
    String there = value(production.fallback());
    return usual.equals(there) ? usual : usual + "; production " + there;
  }

  private static String value(String text) {
    return text.isEmpty() ? "" : code(text);
  }

  private static String others() {
    return "\n## Variables that are no settings\n| variable | what |\n|---|---|\n"
        + Settings.OTHERS.stream()
            .map(other -> row(code(other.name()), other.doc()))
            .collect(Collectors.joining());
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }
}
