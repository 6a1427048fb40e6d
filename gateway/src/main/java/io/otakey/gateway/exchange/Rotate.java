package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.DeviceAuth.Authentic;
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

  Rotate(
      DeviceAuth auth,
      Waiting waiting,
      Evidence evidence,
      Vault vault,
      Connections connections,
      DeviceRegistry devices,
      KeyDelivery delivery,
      GrantMemory memory,
      GrantLimit limit) {
    super(auth, waiting, evidence);
    this.vault = vault;
    this.connections = connections;
    this.devices = devices;
    this.delivery = delivery;
    this.memory = memory;
    this.limit = limit;
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
        .map(decision -> answer(request, device, gatewayKey.get(), decision));
  }

  private Reply answer(
      RotateRequest request, Authentic device, X25519.KeyPair gatewayKey, Decision decision) {
    boolean older = device.use().grant().generation() < decision.generation();
    if (decision.inRecovery() && older && recovers(request.key(), decision.row())) {
      return grant(request, device, gatewayKey, GrantToken.Kind.RECOVER, decision);
    }
    return switch (decision.verdict()) {
      case CURRENT, COMMIT, COMMIT_RECOVERED ->
          decision.inRecovery() && !older
              ? refuse(request, device, Refusal.BUSY, "the product is in recovery")
              : grant(request, device, gatewayKey, GrantToken.Kind.ROTATE, decision);
      case COMMIT_EXPECTED, FENCE, REFUSED, UNKNOWN, SUPERSEDED ->
          refuse(request, device, decision.verdict());
    };
  }

  /** Section 6.6: the highest epoch that somebody proves to hold wins. */
  private static boolean recovers(KeyRef key, DeviceRow row) {
    boolean open =
        row.status() == RowStatus.NONE
            || row.status() == RowStatus.ACTIVE
            || row.status() == RowStatus.EXPECTED;
    boolean current =
        row.status() == RowStatus.ACTIVE
            && row.epoch() == key.epoch()
            && row.token().equals(Optional.of(key.token()));
    boolean tie = row.recoveredIn() != 0 && row.epoch() == key.epoch();
    return open && (current || row.epoch() < key.epoch() || tie);
  }

  /** The connection to move to, 0 for none. */
  private static int target(Decision decision) {
    return decision.wanted().move(decision.row()) ? decision.wanted().connectionId() : 0;
  }

  private Reply grant(
      RotateRequest request,
      Authentic device,
      X25519.KeyPair gatewayKey,
      GrantToken.Kind kind,
      Decision decision) {
    long epoch = request.key().epoch() + 1;
    if (epoch > KeyRef.MAX_EPOCH) {
      return refuse(request, device, Refusal.REFUSED, "no epoch is left");
    }
    boolean rotation = kind == GrantToken.Kind.ROTATE; // a recovery only gives keys back
    int target = rotation ? target(decision) : 0;
    KeyDelivery.Terms terms =
        new KeyDelivery.Terms(
            epoch,
            kind,
            0,
            decision.generation(),
            decision.row().attempt(),
            target,
            Offers.find(connections, request.ref(), target),
            rotation && (target != 0 || decision.row().connectionId() != 0));
    if (terms.lacksConnection()) {
      return refuse(request, device, Refusal.BUSY, "the wanted connection is not loaded yet");
    }
    try {
      KeyDelivery.Delivered delivered =
          delivery.deliver(request, gatewayKey, device.key().psk(), terms);
      memory.remember(request, delivered.grant());
      devices.observe(request.ref(), Observations.of(delivered.said()));
      return Reply.grant(delivered.grant(), request.ref(), false);
    } catch (HandshakeFailedException e) {
      return refuse(request, device, Refusal.UNSUPPORTED, "the handshake fails");
    } catch (MalformedFrameException e) {
      return refuse(request, device, Refusal.MALFORMED, "payload: " + e.getMessage());
    }
  }
}
