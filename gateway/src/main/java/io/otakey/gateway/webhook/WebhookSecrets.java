package io.otakey.gateway.webhook;

import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.webhook.Webhook.SealedSecrets;
import io.otakey.protocol.crypto.Secret;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Secrets that webhooks sign with: made here, shown once, sealed by the vault for one webhook. */
public final class WebhookSecrets {
  /** How long the former one signs too. */
  public static final Duration FORMER_KEPT = Duration.ofHours(24);

  private static final int LENGTH = 32;
  private static final String PREFIX = "whsec_";

  private final SecureRandom random = new SecureRandom();
  private final Vault vault;

  /** Sealed by this vault. */
  public WebhookSecrets(Vault vault) {
    this.vault = vault;
  }

  /**
   * A new secret.
   *
   * @param shown for the operator's eyes, once
   */
  public record Made(byte[] sealed, String shown) {}

  /** Makes one. */
  public Made make(String webhookId) {
    byte[] bytes = new byte[LENGTH];
    random.nextBytes(bytes);
    try (Secret secret = Secret.adopt(bytes)) {
      String shown = PREFIX + Base64.getEncoder().encodeToString(bytes);
      return new Made(vault.seal(owner(webhookId), secret), shown);
    }
  }

  /** With a newer one in front; the one before signs on for a day. */
  public static SealedSecrets rotated(SealedSecrets before, byte[] sealed, Instant now) {
    return new SealedSecrets(
        sealed, Optional.of(before.current()), Optional.of(now.plus(FORMER_KEPT)));
  }

  /** Whether this vault sealed it for this webhook. */
  public boolean opens(String webhookId, byte[] sealed) {
    Optional<Secret> opened = vault.open(owner(webhookId), sealed);
    opened.ifPresent(Secret::close);
    return opened.isPresent();
  }

  /** What signs now, the newest first; whoever gets them wipes them. Empty: the vault has none. */
  List<Secret> open(Webhook webhook, Instant now) {
    List<Secret> opened = new ArrayList<>();
    SealedSecrets sealed = webhook.secrets();
    vault.open(owner(webhook.id()), sealed.current()).ifPresent(opened::add);
    boolean both = sealed.formerUntil().filter(now::isBefore).isPresent();
    sealed
        .former()
        .filter(former -> both)
        .flatMap(former -> vault.open(owner(webhook.id()), former))
        .ifPresent(opened::add);
    return opened;
  }

  private static String owner(String webhookId) {
    return "webhook/" + webhookId;
  }
}
