package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.platform.ConnectorKind;
import io.otakey.gateway.platform.Debt;
import io.otakey.gateway.platform.Kinds;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.Reconciliation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Platforms in JSON. */
final class PlatformJson {
  static final int MAX_SETTINGS = 64;

  private PlatformJson() {}

  /**
   * What a caller wants of a platform.
   *
   * @param secrets empty: those that are stored stay
   */
  record Wanted(String kind, Map<String, String> settings, Optional<Map<String, String>> secrets) {}

  static Wanted read(Fields fields) {
    return new Wanted(
        fields.text("kind"),
        fields.textsByName("settings", MAX_SETTINGS).orElse(Map.of()),
        fields.textsByName("secrets", MAX_SETTINGS));
  }

  static ObjectNode write(
      Platform platform, List<String> secrets, Optional<Debt> debt, Optional<String> whyAway) {
    ObjectNode json = Json.object();
    json.put("id", platform.id());
    json.put("kind", platform.kind());
    ObjectNode settings = json.putObject("settings");
    new TreeMap<>(platform.settings()).forEach(settings::put);
    ArrayNode names = json.putArray("secrets");
    secrets.stream().sorted().forEach(names::add);
    json.put("away", whyAway.isPresent());
    whyAway.ifPresent(why -> json.put("why", why));
    debt.ifPresent(owed -> json.set("logins", write(owed)));
    return json;
  }

  private static ObjectNode write(Debt debt) {
    ObjectNode json = Json.object();
    json.put("there", debt.there());
    json.put("granted", debt.granted());
    json.put("toPrepare", debt.toPrepare());
    json.put("toRetire", debt.toRetire());
    debt.oldest().ifPresent(since -> json.put("oldest", since.toString()));
    debt.why().ifPresent(why -> json.put("why", why));
    return json;
  }

  static ObjectNode write(Reconciliation run) {
    ObjectNode json = Json.object();
    json.put("platformId", run.platformId());
    json.put("askedAt", run.askedAt().toString());
    run.endedAt().ifPresent(end -> json.put("endedAt", end.toString()));
    json.put("listed", run.listed());
    json.put("names", run.names());
    json.put("foreign", run.foreign());
    json.put("missing", run.missing());
    json.put("extra", run.extra());
    if (!run.why().isEmpty()) {
      json.put("why", run.why());
    }
    return json;
  }

  static ObjectNode write(Kinds kinds) {
    ObjectNode json = Json.object();
    ArrayNode array = json.putArray("kinds");
    for (String name : kinds.names()) {
      ObjectNode kind = array.addObject().put("name", name);
      kind.put("pushes", kinds.connector(name).isPresent());
      ArrayNode settings = kind.putArray("settings");
      kinds
          .connector(name)
          .map(ConnectorKind::settings)
          .orElse(List.of())
          .forEach(setting -> settings.add(write(setting)));
    }
    return json;
  }

  private static ObjectNode write(ConnectorKind.Setting setting) {
    return Json.object()
        .put("name", setting.name())
        .put("required", setting.required())
        .put("secret", setting.secret())
        .put("doc", setting.doc());
  }
}
