package io.otakey.gateway.platform;

import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.Secret;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Secret settings of platforms as they are stored: sealed by the vault for this platform alone. */
public final class SealedSettings {
  private final Vault vault;

  /** Sealed by this vault. */
  public SealedSettings(Vault vault) {
    this.vault = vault;
  }

  /** Seals; empty if there is nothing to seal. */
  public Optional<byte[]> seal(String platformId, Map<String, String> secrets) {
    if (secrets.isEmpty()) {
      return Optional.empty();
    }
    JsonObject json = new JsonObject();
    secrets.forEach(json::put);
    try (Secret plain = Secret.adopt(json.encode().getBytes(StandardCharsets.UTF_8))) {
      return Optional.of(vault.seal(owner(platformId), plain));
    }
  }

  /** All settings of a platform; empty if the vault cannot open its secrets. */
  public Optional<Settings> open(Platform platform) {
    if (platform.sealed().isEmpty()) {
      return Optional.of(new Settings(platform.settings(), Map.of()));
    }
    return vault
        .open(owner(platform.id()), platform.sealed().get())
        .map(
            plain -> {
              try (plain) {
                return new Settings(platform.settings(), secrets(plain));
              }
            });
  }

  private static Map<String, String> secrets(Secret plain) {
    Map<String, String> secrets = new HashMap<>();
    new JsonObject(new String(plain.expose(), StandardCharsets.UTF_8))
        .forEach(entry -> secrets.put(entry.getKey(), String.valueOf(entry.getValue())));
    return secrets;
  }

  private static String owner(String platformId) {
    return "platform/" + platformId;
  }
}
