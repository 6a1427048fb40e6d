package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.DeviceAuth.Authentic;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * What ROTATE, CONFIRM, ABANDON and POLL have in common: they are authenticated by a device key,
 * the decision table has the say, and every answer carries the answer mac.
 */
abstract class KeyedExchange<R extends Request.Keyed> {
  private final DeviceAuth auth;
  final Evidence evidence;
  final Waiting waiting;

  KeyedExchange(DeviceAuth auth, Waiting waiting, Evidence evidence) {
    this.auth = auth;
    this.waiting = waiting;
    this.evidence = evidence;
  }

  /** Authenticates the request and answers it; wipes the device key whatever happens. */
  final Future<Reply> handle(R request) {
    Optional<Authentic> authentic = auth.authenticate(request);
    if (authentic.isEmpty()) {
      return Future.succeededFuture(
          Reply.refused(
              Refusal.NOT_RECOGNISED,
              waiting.retryAfter(Refusal.NOT_RECOGNISED),
              "no key that this gateway granted"));
    }
    Authentic device = authentic.get();
    return serve(request, device)
        .map(reply -> witnessed(request, reply))
        .recover(failure -> Future.succeededFuture(failed(request, device, failure)))
        .onComplete(done -> device.key().close());
  }

  /** Whatever is served was asked under the device's current key. */
  private Reply witnessed(R request, Reply reply) {
    boolean served = reply.refusal().isEmpty() && !reply.repeated();
    return served && auth.isFirst(request) ? reply.showing(request.key()) : reply;
  }

  /** Answers an authentic request; the future may fail with what the registry failed with. */
  abstract Future<Reply> serve(R request, Authentic device);

  /** The ERROR for a verdict that serves nothing; the caller has dealt with those that do. */
  final Reply refuse(R request, Authentic device, Verdict verdict) {
    return switch (verdict) {
      case REFUSED -> refuse(request, device, Refusal.REFUSED, "barred, or refused by policy");
      case UNKNOWN -> refuse(request, device, Refusal.UNKNOWN_DEVICE, "the row is behind this key");
      case SUPERSEDED, FENCE, COMMIT_EXPECTED, CURRENT, COMMIT, COMMIT_RECOVERED -> {
        evidence.staleKey(request);
        yield refuse(request, device, Refusal.SUPERSEDED, "superseded for good");
      }
    };
  }

  /** An ERROR with its answer mac. */
  final Reply refuse(R request, Authentic device, Refusal refusal, String why) {
    long retryAfter = waiting.retryAfter(refusal);
    byte[] covered = Answer.Refused.covered(refusal, retryAfter);
    byte[] frame = device.key().answer(covered, request.proof());
    return Reply.refusedWithMac(frame, refusal, retryAfter, request.ref(), why);
  }

  private Reply failed(R request, Authentic device, Throwable failure) {
    return failure instanceof RegistryBusyException
        ? refuse(request, device, Refusal.BUSY, String.valueOf(failure.getMessage()))
        : refuse(request, device, Refusal.INTERNAL, String.valueOf(failure.getMessage()));
  }
}
