package io.otakey.gateway.exchange;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.LoginName;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.BiFunction;
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
    /** The device, with a secret that holds, under a client id that is not its own. */
    OTHER_CLIENT,
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
  private final Counter otherClient;
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
    this.otherClient = counter(meters, Outcome.OTHER_CLIENT);
    this.unavailable = counter(meters, Outcome.UNAVAILABLE);
  }

  /**
   * Decides on a login. The future never fails.
   *
   * @param platformId which platform asks
   * @param name what the device calls itself
   * @param password what it showed; a secret
   * @param clientId what it connects as; empty if the platform does not say
   */
  public Future<Outcome> check(
      String platformId, String name, String password, Optional<String> clientId) {
    return ask(
            platformId,
            name,
            (use, held) ->
                proves(platformId, use, held, password)
                    ? clientId.map(id -> named(id, use, held)).orElse(Outcome.ALLOWED)
                    : Outcome.REFUSED)
        .onSuccess(this::count);
  }

  /**
   * Whether this client id is that of a device that is logged in. The future never fails.
   *
   * @param name what the device calls itself
   */
  public Future<Outcome> hasClientId(String platformId, String name, String clientId) {
    boolean byDefault =
        LoginName.parse(name)
            .map(login -> defaultClientId(login.ref()).equals(clientId))
            .orElse(false);
    return byDefault
        ? Future.succeededFuture(Outcome.ALLOWED) // nobody else's, so no look at the row
        : ask(platformId, name, (use, held) -> named(clientId, use, held));
  }

  private static Counter counter(MeterRegistry meters, Outcome outcome) {
    return Metric.PLATFORM_LOGINS.counter(meters, Metric.label(outcome));
  }

  private void count(Outcome outcome) {
    switch (outcome) {
      case ALLOWED -> allowed.increment();
      case REFUSED -> refused.increment();
      case OTHER_CLIENT -> otherClient.increment();
      case UNAVAILABLE -> unavailable.increment();
    }
  }

  /** A key that holds, by its row, and the connection that it is for. */
  private record Held(long epoch, Connection connection) {}

  /** Looks the name's key up; without one that holds on this platform the answer is no. */
  private Future<Outcome> ask(
      String platformId, String name, BiFunction<KeyUse, Held, Outcome> judge) {
    Optional<KeyUse> named = use(name);
    if (named.isEmpty()) {
      return Future.succeededFuture(Outcome.REFUSED);
    }
    KeyUse use = named.get();
    return devices
        .login(use)
        .map(
            decision ->
                held(platformId, decision)
                    .map(held -> judge.apply(use, held))
                    .orElse(Outcome.REFUSED))
        .otherwise(
            failure -> {
              LOG.debug("a platform's question cannot be answered: {}", failure.getMessage());
              return Outcome.UNAVAILABLE;
            });
  }

  /** Epoch 0: the registry takes the one that the token is for. */
  private Optional<KeyUse> use(String name) {
    return LoginName.parse(name)
        .filter(login -> products.product(login.ref().productId()).isPresent())
        .flatMap(
            login ->
                GrantToken.decode(login.token())
                    .map(grant -> new KeyUse(new KeyRef(login.ref(), 0, login.token()), grant)));
  }

  private Optional<Held> held(String platformId, Decision decision) {
    boolean holds =
        switch (decision.verdict()) {
          case CURRENT, COMMIT -> true;
          case COMMIT_RECOVERED, COMMIT_EXPECTED, FENCE, REFUSED, UNKNOWN, SUPERSEDED -> false;
        };
    return holds
        ? connections
            .connection(decision.row().connectionId())
            .filter(connection -> connection.platformId().equals(platformId))
            .map(connection -> new Held(decision.row().epoch(), connection))
        : Optional.empty();
  }

  private boolean proves(String platformId, KeyUse use, Held held, String password) {
    KeyRef key = new KeyRef(use.key().ref(), held.epoch(), use.key().token());
    return vault
        .platformSecret(key, platformId)
        .filter(right -> Secret.equal(utf8(right), utf8(password)))
        .isPresent();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A session belongs to its client id: under another one, a device could take somebody's over. */
  private static Outcome named(String clientId, KeyUse use, Held held) {
    DeviceRef ref = use.key().ref();
    if (clientId.equals(held.connection().clientId().orElseGet(() -> defaultClientId(ref)))) {
      return Outcome.ALLOWED;
    }
    LOG.atDebug()
        .addKeyValue("product", ref.productId())
        .addKeyValue("device", ref.deviceId())
        .log("a device on its platform under another client id than its own");
    return Outcome.OTHER_CLIENT;
  }

  private static String defaultClientId(DeviceRef ref) {
    return io.otakey.protocol.wire.Connection.defaultClientId(ref);
  }
}
