package io.otakey.gateway.platform.rest;

import io.otakey.gateway.platform.ConnectorKind;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.Settings;
import io.otakey.gateway.platform.net.Address;
import io.otakey.gateway.platform.net.HttpLink;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Any platform whose logins can be made and deleted by HTTP requests. */
public final class RestKind implements ConnectorKind {
  private static final String PRESET = "preset";
  private static final String TEMPLATE = "template";
  private static final String USER = "user";
  private static final String PASSWORD = "password";
  private static final List<String> PRESETS = List.of("emqx", "hono", "thingsboard");
  private static final int CONNECTIONS = 16;
  private static final int MAX_ANSWER = 64 << 10;

  @Override
  public String name() {
    return "rest";
  }

  @Override
  public List<Setting> settings() {
    List<Setting> all = new ArrayList<>(Address.settings(Address.Schemes.HTTP, "the platform"));
    all.add(
        new Setting(
            PRESET,
            false,
            false,
            "a template that the gateway brings: " + String.join(", ", PRESETS)));
    all.add(
        new Setting(
            TEMPLATE, false, false, "requests as JSON, instead of a preset: see operations"));
    all.add(new Setting(USER, false, false, "${user}, and the user in ${basic}"));
    all.add(new Setting(PASSWORD, false, true, "${password}, and the password in ${basic}"));
    all.add(new Setting("apiKey", false, true, "${apiKey}"));
    all.add(new Setting("tenant", false, false, "${tenant}"));
    all.add(NOTIFY);
    return all;
  }

  @Override
  public void validate(Settings settings, List<String> problems) {
    Address.read(settings, Address.Schemes.HTTP, problems);
    boolean notifies = Boolean.parseBoolean(settings.get(NOTIFY.name(), "false"));
    template(settings, problems)
        .filter(template -> notifies && template.notices().isEmpty())
        .ifPresent(
            silent ->
                problems.add("notify needs a template with requests for notify, or preset emqx"));
  }

  @Override
  public PlatformConnector connect(Vertx vertx, Settings settings) {
    List<String> problems = new ArrayList<>();
    Address address = Address.of(settings, Address.Schemes.HTTP);
    Template template =
        template(settings, problems)
            .orElseThrow(() -> new IllegalArgumentException(String.join("; ", problems)));
    return new RestConnector(
        new HttpLink(vertx, address, CONNECTIONS, MAX_ANSWER), template, values(settings));
  }

  private static Optional<Template> template(Settings settings, List<String> problems) {
    Optional<String> preset = settings.get(PRESET);
    Optional<String> text = settings.get(TEMPLATE);
    if (preset.isPresent() == text.isPresent()) {
      problems.add("either preset or template must be set, not both");
      return Optional.empty();
    }
    if (preset.isPresent() && !PRESETS.contains(preset.get())) {
      problems.add("preset must be one of " + String.join(", ", PRESETS));
      return Optional.empty();
    }
    String json = text.orElseGet(() -> read(preset.orElseThrow()));
    return Template.parse(json, values(settings).all().keySet(), problems);
  }

  private static Values values(Settings settings) {
    Map<String, String> values = new HashMap<>();
    for (String name : List.of(USER, PASSWORD, "apiKey", "tenant")) {
      settings.get(name).ifPresent(value -> values.put(name, value));
    }
    if (values.containsKey(USER) && values.containsKey(PASSWORD)) {
      values.put("basic", HttpLink.basic(values.get(USER), values.get(PASSWORD)));
    }
    return new Values(values);
  }

  private static String read(String preset) {
    try (InputStream in = RestKind.class.getResourceAsStream(preset + ".json")) {
      if (in == null) {
        throw new IllegalStateException("preset " + preset + " is not in the program");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
