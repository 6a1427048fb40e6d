package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.admin.ConfigChange.Action;
import io.otakey.gateway.admin.ConfigChange.Kind;
import io.otakey.gateway.admin.ConfigDocument.PlatformEntry;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.platform.SealedSettings;
import io.otakey.gateway.platform.Settings;
import io.otakey.gateway.vault.Vault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What is to be done so that platforms are as a document says. */
final class ConfigPlatforms {
  private final Caller caller;
  private final PlatformService platforms;
  private final SealedSettings secrets;

  ConfigPlatforms(Caller caller, PlatformService platforms, Vault vault) {
    this.caller = caller;
    this.platforms = platforms;
    this.secrets = new SealedSettings(vault);
  }

  /** Adds a step for each that differs, and a sentence for each that cannot be. */
  void plan(List<PlatformEntry> wanted, List<ConfigStep> steps, List<String> faults) {
    for (PlatformEntry entry : wanted) {
      Optional<Platform> now = platforms.registry().platform(entry.id());
      Optional<byte[]> stored = entry.sealed().or(() -> now.flatMap(Platform::sealed));
      Platform after = new Platform(entry.id(), entry.kind(), entry.settings(), stored, 0);
      ObjectNode before = now.map(ConfigPlatforms::content).orElseGet(Json::object);
      List<ConfigChange.Field> fields =
          new ArrayList<>(ConfigChange.differences(before, content(after)));
      if (!sameSecrets(now.flatMap(Platform::sealed), stored)) {
        fields.add(new ConfigChange.Field("secrets", "***", "***"));
      }
      if (!fields.isEmpty()) {
        require(entry.id());
        problems(after).forEach(problem -> faults.add("platform " + entry.id() + ": " + problem));
        Action action = now.isPresent() ? Action.UPDATE : Action.CREATE;
        steps.add(
            new ConfigStep.PutPlatform(
                new ConfigChange(Kind.PLATFORM, entry.id(), action, fields), after));
      }
    }
  }

  private void require(String id) {
    if (caller.limited()) {
      throw Gate.forbidden(
          "platform "
              + id
              + " would be changed, and the token is limited to some products: let an administrator"
              + " of the installation change it");
    }
  }

  private List<String> problems(Platform platform) {
    Optional<Settings> settings = secrets.open(platform);
    return settings.isPresent()
        ? PlatformEndpoints.problems(platforms.kinds(), platform, settings.get())
        : List.of(
            "this vault cannot open its secrets: restore the vault that sealed them, or leave"
                + " 'sealed' out and give them with 'platform put'");
  }

  private static boolean sameSecrets(Optional<byte[]> one, Optional<byte[]> other) {
    return one.isPresent() == other.isPresent()
        && (one.isEmpty() || Arrays.equals(one.get(), other.get()));
  }

  private static ObjectNode content(Platform platform) {
    ObjectNode json = Json.object().put("kind", platform.kind());
    ObjectNode settings = json.putObject("settings");
    new TreeMap<>(platform.settings()).forEach(settings::put);
    return json;
  }
}
