package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.DeviceAuth.Authentic;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.ConfirmRequest;
import io.vertx.core.Future;

/** CONFIRM: commits the new key, or says why not; the ACK leaves after the commit is durable. */
final class Confirm extends KeyedExchange<ConfirmRequest> {
  private final ProductRegistry products;
  private final DeviceRegistry devices;

  Confirm(
      DeviceAuth auth,
      Waiting waiting,
      Evidence evidence,
      ProductRegistry products,
      DeviceRegistry devices) {
    super(auth, waiting, evidence);
    this.products = products;
    this.devices = devices;
  }

  @Override
  Future<Reply> serve(ConfirmRequest request, Authentic device) {
    return devices.confirm(device.use()).map(decision -> answer(request, device, decision));
  }

  private Reply answer(ConfirmRequest request, Authentic device, Decision decision) {
    return switch (decision.verdict()) {
      case CURRENT -> ack(request, device, Answer.AckStatus.WAS_COMMITTED);
      case COMMIT, COMMIT_RECOVERED -> ack(request, device, Answer.AckStatus.COMMITTED);
      case COMMIT_EXPECTED, FENCE, REFUSED, UNKNOWN, SUPERSEDED ->
          refuse(request, device, decision.verdict());
    };
  }

  private Reply ack(ConfirmRequest request, Authentic device, Answer.AckStatus status) {
    long pollAfter = waiting.pollAfter(products.inCampaign(request.ref().productId()));
    byte[] covered = Answer.Ack.covered(request.key().epoch(), status, pollAfter);
    byte[] frame = device.key().answer(covered, request.proof());
    return Reply.served(Reply.Kind.ACK, frame, request.ref());
  }
}
