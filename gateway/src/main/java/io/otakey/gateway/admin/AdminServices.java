package io.otakey.gateway.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.otakey.gateway.campaign.Campaigns;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.recovery.Watch;
import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.ApiTokens;
import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceLabels;
import io.otakey.gateway.registry.EventLog;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.Recovery;
import io.otakey.gateway.registry.VaultMark;
import io.otakey.gateway.vault.Vault;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the administration API stands on.
 *
 * @param readiness checks by name, asked for every {@code /health/ready}; one that fails or takes
 *     longer than 2 seconds is down
 * @param advisory likewise, but devices are served without: it is shown, and the node stays ready
 * @param bootstrapTokens tokens that are admin and not limited, besides those in the registry
 */
public record AdminServices(
    ProductRegistry products,
    DeviceAdministration devices,
    DeviceLabels labels,
    Announcer announcer,
    Campaigns campaigns,
    Connections connections,
    PlatformService platforms,
    AuditLog audit,
    AuditServices auditChain,
    EventLog events,
    WebhookServices webhooks,
    ApiTokens tokens,
    Vault vault,
    VaultMark vaultMark,
    PrometheusMeterRegistry meters,
    Recovery recovery,
    Watch watch,
    Map<String, Supplier<Future<Void>>> readiness,
    Map<String, Supplier<Future<Void>>> advisory,
    List<BootstrapToken> bootstrapTokens) {
  /** Copies the collections. */
  public AdminServices {
    readiness = Map.copyOf(readiness);
    advisory = Map.copyOf(advisory);
    bootstrapTokens = List.copyOf(bootstrapTokens);
  }
}
