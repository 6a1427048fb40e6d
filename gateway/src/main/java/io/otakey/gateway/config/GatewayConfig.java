package io.otakey.gateway.config;

import io.otakey.gateway.admin.AdminConfig;
import io.otakey.gateway.campaign.CampaignConfig;
import io.otakey.gateway.census.CensusConfig;
import io.otakey.gateway.cluster.ClusterConfig;
import io.otakey.gateway.exchange.ExchangeConfig;
import io.otakey.gateway.journal.JournalConfig;
import io.otakey.gateway.platform.PlatformConfig;
import io.otakey.gateway.recovery.RecoveryConfig;
import io.otakey.gateway.registry.RetentionConfig;
import io.otakey.gateway.tls.TlsConfig;
import io.otakey.gateway.transport.LimitsConfig;
import io.otakey.gateway.transport.hook.HookConfig;
import io.otakey.gateway.transport.http.HttpConfig;
import io.otakey.gateway.transport.mqtt.MqttConfig;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.gateway.webhook.WebhookConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * All settings of one gateway node.
 *
 * @param mode development makes what is missing; production refuses to start without it
 * @param dataFolder embedded database, development certificate, first tokens
 * @param eventLoops threads that serve frames; 0 = one per core
 * @param adminTokenHashes SHA-256 of first admin tokens, hex
 */
public record GatewayConfig(
    Mode mode,
    Path dataFolder,
    int eventLoops,
    VaultConfig vault,
    DatabaseConfig database,
    AdminConfig admin,
    List<String> adminTokenHashes,
    ExchangeConfig exchange,
    LimitsConfig limits,
    TlsConfig tls,
    MqttConfig mqtt,
    MqttConfig mqtts,
    HttpConfig http,
    HttpConfig https,
    HookConfig hook,
    CampaignConfig campaigns,
    PlatformConfig platforms,
    WebhookConfig webhooks,
    RetentionConfig retention,
    JournalConfig journal,
    RecoveryConfig recovery,
    ClusterConfig cluster,
    CensusConfig census) {
  /** Copies the list. */
  public GatewayConfig {
    adminTokenHashes = List.copyOf(adminTokenHashes);
  }

  /** How forgiving the start is. */
  public enum Mode {
    /** A vault, a certificate and an admin token are made at the first start, loudly. */
    DEVELOPMENT,
    /** What is missing is an error. */
    PRODUCTION
  }
}
