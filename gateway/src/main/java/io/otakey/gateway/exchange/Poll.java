package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.DeviceAuth.Authentic;
import io.otakey.gateway.registry.Decision;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.Observation;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.PollRequest;
import io.vertx.core.Future;

/** POLL: is there anything to do? Also makes up for a commit that a fail-over lost. */
final class Poll extends KeyedExchange<PollRequest> {
  private final ProductRegistry products;
  private final DeviceRegistry devices;

  Poll(
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
  Future<Reply> serve(PollRequest request, Authentic device) {
    return devices.poll(device.use()).map(decision -> answer(request, device, decision));
  }

  private Reply answer(PollRequest request, Authentic device, Decision decision) {
    return switch (decision.verdict()) {
      case CURRENT, COMMIT, COMMIT_RECOVERED -> {
        devices.observe(request.ref(), Observation.SEEN);
        yield notice(request, device, action(device, decision));
      }
      case COMMIT_EXPECTED, FENCE, REFUSED, UNKNOWN, SUPERSEDED ->
          refuse(request, device, decision.verdict());
    };
  }

  /**
   * While the product recovers, a key from before is to be replaced (6.6), and nothing else is
   * wanted.
   */
  private static Answer.Action action(Authentic device, Decision decision) {
    if (decision.inRecovery()) {
      boolean older = device.use().grant().generation() < decision.generation();
      return older ? Answer.Action.ROTATE : Answer.Action.NONE;
    }
    if (decision.wanted().move(decision.row())) {
      return Answer.Action.ROTATE_AND_MOVE;
    }
    return decision.wanted().rotation(decision.row()) ? Answer.Action.ROTATE : Answer.Action.NONE;
  }

  private Reply notice(PollRequest request, Authentic device, Answer.Action action) {
    long pollAfter = waiting.pollAfter(products.inCampaign(request.ref().productId()));
    byte[] covered = Answer.Notice.covered(request.key().epoch(), action, pollAfter);
    byte[] frame = device.key().answer(covered, request.proof());
    return Reply.served(Reply.Kind.NOTICE, frame, request.ref());
  }
}
