package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.DeviceAuth.Authentic;
import io.otakey.gateway.exchange.Homes.Home;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RotateRequest;
import io.vertx.core.Future;
import java.util.Optional;

/** ROTATE: a device with a key gets the one of the next epoch (protocol sections 6.4 and 6.6). */
final class Rotate extends KeyedExchange<RotateRequest> {
  private final Vault vault;
  private final Connections connections;
  private final DeviceRegistry devices;
  private final KeyDelivery delivery;
  private final GrantMemory memory;
  private final GrantLimit limit;
  private final Homes homes;

  Rotate(
      DeviceAuth auth,
      Waiting waiting,
      Evidence evidence,
      Vault vault,
      Connections connections,
      DeviceRegistry devices,
      KeyDelivery delivery,
      GrantMemory memory,
      GrantLimit limit,
      Homes homes) {
    super(auth, waiting, evidence);
    this.vault = vault;
    this.connections = connections;
    this.devices = devices;
    this.delivery = delivery;
    this.memory = memory;
    this.limit = limit;
    this.homes = homes;
  }

  @Override
  Future<Reply> serve(RotateRequest request, Authentic device) {
    Optional<Answer.Grant> known = memory.recall(request);
    if (known.isPresent()) {
      return Future.succeededFuture(Reply.grant(known.get(), request.ref(), true));
    }
    Optional<X25519.KeyPair> gatewayKey = vault.gatewayKey(request.gatewayKeyId());
    if (gatewayKey.isEmpty()) {
      return Future.succeededFuture(
          refuse(request, device, Refusal.UNSUPPORTED, "unknown gateway key"));
    }
    if (!limit.admit(request.ref(), request.proof())) {
      return Future.succeededFuture(
          refuse(request, device, Refusal.BUSY, "too many grants for this device"));
    }
    return devices
        .rotate(device.use())
        .compose(decision -> answer(request, device, gatewayKey.get(), decision));
  }

  private Future<Reply> answer(
      RotateRequest request, Authentic device, X25519.KeyPair gatewayKey, Decision decision) {
    boolean older = device.use().grant().generation() < decision.generation();
    if (decision.inRecovery() && older && recovers(request.key(), decision)) {
      return grant(request, device, gatewayKey, GrantToken.Kind.RECOVER, decision);
    }
    return switch (decision.verdict()) {
      case CURRENT, COMMIT, COMMIT_RECOVERED ->
          decision.inRecovery() && !older
              ? done(refuse(request, device, Refusal.BUSY, "the product is in recovery"))
              : grant(request, device, gatewayKey, GrantToken.Kind.ROTATE, decision);
      case COMMIT_EXPECTED, FENCE, REFUSED, UNKNOWN, SUPERSEDED ->
          done(refuse(request, device, decision.verdict()));
    };
  }

  /** Section 6.6: the highest epoch that somebody proves to hold wins. */
  private static boolean recovers(KeyRef key, Decision decision) {
    DeviceRow row = decision.row();
    boolean open =
        row.status() == RowStatus.NONE
            || row.status() == RowStatus.ACTIVE
            || row.status() == RowStatus.EXPECTED;
    boolean current =
        row.status() == RowStatus.ACTIVE
            && row.epoch() == key.epoch()
            && row.token().equals(Optional.of(key.token()));
    boolean tie = row.recoveredIn() == decision.generation() && row.epoch() == key.epoch();
    return open && (current || row.epoch() < key.epoch() || tie);
  }

  /** The connection to move to, 0 for none. */
  private static int target(Decision decision) {
    return decision.wanted().move(decision.row()) ? decision.wanted().connectionId() : 0;
  }

  private Future<Reply> grant(
      RotateRequest request,
      Authentic device,
      X25519.KeyPair gatewayKey,
      GrantToken.Kind kind,
      Decision decision) {
    if (request.key().epoch() >= KeyRef.MAX_EPOCH) {
      return done(refuse(request, device, Refusal.REFUSED, "no epoch is left"));
    }
    boolean rotation = kind == GrantToken.Kind.ROTATE; // a recovery only gives keys back
    int target = rotation ? target(decision) : 0;
    int goesTo = rotation && target == 0 ? decision.row().connectionId() : target;
    Optional<Home> home = homes.at(goesTo);
    if (home.isEmpty()) {
      return done(refuse(request, device, Refusal.BUSY, "the connection is not loaded yet"));
    }
    if (home.get().isAway()) {
      return done(refuse(request, device, Refusal.PLATFORM_UNAVAILABLE, "the platform is away"));
    }
    KeyDelivery.Terms terms =
        new KeyDelivery.Terms(
            request.key().epoch() + 1,
            kind,
            0,
            decision.generation(),
            decision.row().attempt(),
            target,
            Offers.find(connections, request.ref(), target),
            home.get().verify());
    return deliver(request, device, gatewayKey, terms, home.get());
  }

  /** The platform knows the login before the device does. */
  private Future<Reply> deliver(
      RotateRequest request,
      Authentic device,
      X25519.KeyPair gatewayKey,
      KeyDelivery.Terms terms,
      Home home) {
    KeyDelivery.Delivered delivered;
    try {
      delivered = delivery.deliver(request, gatewayKey, device.key().psk(), terms);
    } catch (HandshakeFailedException e) {
      return done(refuse(request, device, Refusal.UNSUPPORTED, "the handshake fails"));
    } catch (MalformedFrameException e) {
      return done(refuse(request, device, Refusal.MALFORMED, "payload: " + e.getMessage()));
    }
    devices.observe(request.ref(), Observations.of(delivered.said()));
    return homes
        .prepare(delivered.key(), home)
        .map(
            prepared -> {
              memory.remember(request, delivered.grant());
              return Reply.grant(delivered.grant(), request.ref(), false);
            })
        .recover(
            failure ->
                failure instanceof PlatformException
                    ? done(unavailable(request, device, failure))
                    : Future.failedFuture(failure));
  }

  private Reply unavailable(RotateRequest request, Authentic device, Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    return refuse(request, device, Refusal.PLATFORM_UNAVAILABLE, why);
  }

  private static Future<Reply> done(Reply reply) {
    return Future.succeededFuture(reply);
  }
}
