package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.DeviceAuth.Authentic;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;

/** ABANDON: makes sure that a grant which the device gave up can never be committed. */
final class Abandon extends KeyedExchange<AbandonRequest> {
  private final DeviceRegistry devices;
  private final GrantLimit limit;

  Abandon(
      DeviceAuth auth,
      Waiting waiting,
      Evidence evidence,
      DeviceRegistry devices,
      GrantLimit limit) {
    super(auth, waiting, evidence);
    this.devices = devices;
    this.limit = limit;
  }

  @Override
  Future<Reply> serve(AbandonRequest request, Authentic device) {
    if (request.abandoned().length() != GrantToken.LENGTH) {
      return Future.succeededFuture(
          refuse(request, device, Refusal.MALFORMED, "no token that any gateway grants"));
    }
    if (!limit.admit(request.ref(), request.proof())) {
      return Future.succeededFuture(
          refuse(request, device, Refusal.BUSY, "too many grants for this device"));
    }
    return devices
        .abandon(device.use(), attempt(request.abandoned()), request.reason().code())
        .map(decision -> answer(request, device, decision));
  }

  /** Any 15 bytes have an attempt (protocol section 6.5). */
  private static int attempt(Token abandoned) {
    return (abandoned.at(4) << 8) | abandoned.at(5);
  }

  private Reply answer(AbandonRequest request, Authentic device, Decision decision) {
    return switch (decision.verdict()) {
      case CURRENT, COMMIT, COMMIT_RECOVERED -> ack(request, device);
      case COMMIT_EXPECTED, FENCE, REFUSED, UNKNOWN, SUPERSEDED ->
          refuse(request, device, decision.verdict());
    };
  }

  private Reply ack(AbandonRequest request, Authentic device) {
    evidence.abandoned(request);
    long pollAfter = waiting.afterAbandon(request.ref(), request.reason());
    byte[] covered =
        Answer.Ack.covered(request.key().epoch(), Answer.AckStatus.ABANDONED, pollAfter);
    byte[] frame = device.key().answer(covered, request.proof());
    return Reply.served(Reply.Kind.ACK, frame, request.ref());
  }
}
