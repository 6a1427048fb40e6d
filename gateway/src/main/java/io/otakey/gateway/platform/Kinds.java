package io.otakey.gateway.platform;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Every kind of platform there is. */
public final class Kinds {
  /**
   * The platform asks the gateway: nothing is written there. So does one that is not registered.
   */
  public static final String HOOK = "hook";

  /** The platform trusts something else: a device does not verify its login there. */
  public static final String STATIC = "static";

  private final Map<String, ConnectorKind> pushed = new LinkedHashMap<>();

  /** With these connectors. */
  public Kinds(List<ConnectorKind> connectors) {
    connectors.forEach(kind -> pushed.put(kind.name(), kind));
  }

  /** All names. */
  public Set<String> names() {
    Set<String> names = new TreeSet<>(pushed.keySet());
    names.add(HOOK);
    names.add(STATIC);
    return names;
  }

  /** What writes logins into platforms of this kind; empty if nothing has to. */
  public Optional<ConnectorKind> connector(String kind) {
    return Optional.ofNullable(pushed.get(kind));
  }

  /** A sentence for everything that is wrong with settings for this kind. */
  public List<String> problems(String kind, Settings settings) {
    if (!names().contains(kind)) {
      return List.of("kind must be one of " + String.join(", ", names()));
    }
    List<String> problems = new ArrayList<>();
    List<ConnectorKind.Setting> known =
        connector(kind).map(ConnectorKind::settings).orElse(List.of());
    names(kind, settings, known, problems);
    for (ConnectorKind.Setting setting : known) {
      if (setting.required() && settings.get(setting.name()).isEmpty()) {
        problems.add(setting.name() + " is missing: " + setting.doc());
      }
    }
    if (!List.of("true", "false").contains(settings.get(ConnectorKind.NOTIFY.name(), "false"))) {
      problems.add("notify must be true or false");
    }
    if (problems.isEmpty()) {
      connector(kind).ifPresent(connector -> connector.validate(settings, problems));
    }
    return problems;
  }

  private static void names(
      String kind, Settings settings, List<ConnectorKind.Setting> known, List<String> problems) {
    List<String> names = known.stream().map(ConnectorKind.Setting::name).toList();
    Set<String> given = new TreeSet<>(settings.open().keySet());
    given.addAll(settings.secret().keySet());
    for (String name : given) {
      if (!names.contains(name)) {
        problems.add(
            name
                + " is no setting of kind "
                + kind
                + (names.isEmpty() ? ", which has none" : ": " + String.join(", ", names)));
      }
    }
    for (ConnectorKind.Setting setting : known) {
      if (setting.secret() && settings.open().containsKey(setting.name())) {
        problems.add(setting.name() + " is a secret: give it among the secrets");
      }
    }
  }
}
