package io.otakey.gateway.exchange;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.MeterNames;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.ProductAllocation;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.LoginName;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a device's login to a platform is right, for platforms that ask (protocol section 6.8).
 * Right are the secrets of the row's own key and, one epoch later, of a key whose CONFIRM the
 * decision table would commit now. Nothing is stored for it. Thread-safe, never blocks.
 */
public final class PlatformLogin {
  /** The answer. */
  public enum Outcome {
    /** The device, with a secret that holds. */
    ALLOWED,
    /** Anything else. */
    REFUSED,
    /** The registry does not answer: ask again. */
    UNAVAILABLE
  }

  private static final Logger LOG = LoggerFactory.getLogger(PlatformLogin.class);

  private final Vault vault;
  private final ProductRegistry products;
  private final Connections connections;
  private final DeviceRegistry devices;
  private final Counter allowed;
  private final Counter refused;
  private final Counter unavailable;

  /** Ready at once. */
  public PlatformLogin(
      Vault vault,
      ProductRegistry products,
      Connections connections,
      DeviceRegistry devices,
      MeterRegistry meters) {
    this.vault = vault;
    this.products = products;
    this.connections = connections;
    this.devices = devices;
    this.allowed = counter(meters, Outcome.ALLOWED);
    this.refused = counter(meters, Outcome.REFUSED);
    this.unavailable = counter(meters, Outcome.UNAVAILABLE);
  }

  /**
   * Decides. The future never fails.
   *
   * @param platformId which platform asks
   * @param name what the device calls itself
   * @param password what it showed; a secret
   */
  public Future<Outcome> check(String platformId, String name, String password) {
    return decide(platformId, name, password)
        .otherwise(
            failure -> {
              LOG.debug("a platform's question cannot be answered: {}", failure.getMessage());
              return Outcome.UNAVAILABLE;
            })
        .onSuccess(outcome -> count(outcome));
  }

  private static Counter counter(MeterRegistry meters, Outcome outcome) {
    String tag = outcome.name().toLowerCase(Locale.ROOT);
    return meters.counter(MeterNames.PLATFORM_LOGINS, "outcome", tag);
  }

  private void count(Outcome outcome) {
    switch (outcome) {
      case ALLOWED -> allowed.increment();
      case REFUSED -> refused.increment();
      case UNAVAILABLE -> unavailable.increment();
    }
  }

  private Future<Outcome> decide(String platformId, String name, String password) {
    Optional<LoginName> login = LoginName.parse(name);
    Optional<GrantToken> grant = login.flatMap(l -> GrantToken.decode(l.token()));
    boolean known = login.flatMap(l -> products.product(l.ref().productId())).isPresent();
    if (!known || grant.isEmpty()) {
      return Future.succeededFuture(Outcome.REFUSED);
    }
    LoginName who = login.get();
    KeyUse use = new KeyUse(new KeyRef(who.ref(), 0, who.token()), grant.get());
    return devices
        .login(use)
        .map(
            decision ->
                serves(platformId, decision)
                        && proves(platformId, who, grant.get(), decision, password)
                    ? Outcome.ALLOWED
                    : Outcome.REFUSED);
  }

  private boolean serves(String platformId, Decision decision) {
    boolean holds =
        switch (decision.verdict()) {
          case CURRENT, COMMIT -> true;
          case COMMIT_RECOVERED, COMMIT_EXPECTED, FENCE, REFUSED, UNKNOWN, SUPERSEDED -> false;
        };
    return holds
        && connections
            .connection(decision.row().connectionId())
            .map(Connection::platformId)
            .filter(platformId::equals)
            .isPresent();
  }

  private boolean proves(
      String platformId, LoginName who, GrantToken grant, Decision decision, String password) {
    Optional<ProductAllocation> allocation =
        vault.allocation(grant.allocationSecretId(), who.ref().productId());
    if (allocation.isEmpty()) {
      return false;
    }
    KeyRef key = new KeyRef(who.ref(), decision.row().epoch(), who.token());
    try (FrameKey deviceKey = new FrameKey(allocation.get().deviceKey(key))) {
      byte[] right = deviceKey.platformSecret(platformId).getBytes(StandardCharsets.UTF_8);
      return Secret.equal(right, password.getBytes(StandardCharsets.UTF_8));
    }
  }
}
