package io.otakey.gateway.platform;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.metric.Metric;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A platform's connector behind its breaker, its time-out and its turns, so that a platform that is
 * slow or away is nobody else's trouble. Thread-safe; calls run on one event loop.
 */
final class LivePlatform {
  private final Platform platform;
  private final PlatformConnector connector;
  private final Context loop;
  private final Duration timeout;
  private final MeterRegistry meters;
  private final Breaker breaker = new Breaker(System::nanoTime);
  private final Turns turns;
  private volatile String lastFailure = "";

  LivePlatform(
      Platform platform,
      PlatformConnector connector,
      Context loop,
      Duration timeout,
      MeterRegistry meters) {
    this.platform = platform;
    this.connector = connector;
    this.loop = loop;
    this.timeout = timeout;
    this.meters = meters;
    this.turns = new Turns(connector.lanes());
  }

  Platform platform() {
    return platform;
  }

  int maxBatch() {
    return connector.maxBatch();
  }

  /** Calls under way, those that wait; about, from any thread. */
  int running() {
    return turns.running();
  }

  int waiting() {
    return turns.waiting();
  }

  int lanes() {
    return connector.lanes();
  }

  boolean lists() {
    return connector.lists();
  }

  /** Left alone, since it failed lately. */
  boolean isAway() {
    return breaker.isOpen();
  }

  /** What failed last, while it is left alone. */
  Optional<String> whyAway() {
    return isAway() ? Optional.of(lastFailure) : Optional.empty();
  }

  /** For devices that wait for their grants: before everything else. */
  Future<List<Outcome>> prepareFirst(List<Credential> credentials) {
    return call("prepare", true, () -> connector.prepare(credentials));
  }

  Future<List<Outcome>> prepare(List<Credential> credentials) {
    return call("prepare", false, () -> connector.prepare(credentials));
  }

  Future<List<Outcome>> retire(List<Login> logins) {
    return call("retire", false, () -> connector.retire(logins));
  }

  Future<List<Outcome>> rollBack(List<Login> logins) {
    return call("roll_back", false, () -> connector.rollback(logins));
  }

  /** Not worth a wait: while the platform is left alone, nobody is told; nor does it find out. */
  Future<List<Outcome>> notify(List<Login> logins) {
    return onLoop(
        () ->
            turns.take(
                false,
                () ->
                    isAway()
                        ? Future.failedFuture(away())
                        : timed("notify", attempt(() -> connector.notify(logins)))));
  }

  Future<PlatformConnector.Names> list(Optional<String> page) {
    return call("list", false, () -> connector.list(page));
  }

  /** Asks whatever the breaker says; an answer closes it. */
  Future<Void> check() {
    return onLoop(() -> timed("check", connector.check()))
        .onSuccess(answered -> breaker.succeeded());
  }

  Future<Void> close() {
    return onLoop(connector::close);
  }

  private <T> Future<T> call(String operation, boolean first, Supplier<Future<T>> call) {
    return onLoop(() -> turns.take(first, () -> guarded(operation, call)));
  }

  private <T> Future<T> guarded(String operation, Supplier<Future<T>> call) {
    if (!breaker.admit()) {
      return Future.failedFuture(away());
    }
    return timed(operation, attempt(call))
        .onSuccess(done -> breaker.succeeded())
        .onFailure(this::failed);
  }

  private void failed(Throwable failure) {
    lastFailure = String.valueOf(failure.getMessage());
    breaker.failed();
  }

  private PlatformException away() {
    return new PlatformException(
        "platform " + platform.id() + " failed lately and is left alone for a while");
  }

  private static <T> Future<T> attempt(Supplier<Future<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException bug) {
      return Future.failedFuture(bug);
    }
  }

  private <T> Future<T> timed(String operation, Future<T> call) {
    Timer.Sample sample = Timer.start(meters);
    return call.timeout(timeout.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS)
        .recover(failure -> Future.failedFuture(explained(failure)))
        .onComplete(
            done ->
                sample.stop(
                    Metric.PLATFORM_CALLS.timer(
                        meters,
                        platform.id(),
                        operation,
                        done.succeeded() ? "answered" : "failed")));
  }

  private PlatformException explained(Throwable failure) {
    String why =
        failure instanceof java.util.concurrent.TimeoutException
            ? "no answer within " + timeout.toMillis() + " ms"
            : String.valueOf(failure.getMessage());
    return new PlatformException("platform " + platform.id() + ": " + why);
  }

  private <T> Future<T> onLoop(Supplier<Future<T>> call) {
    Promise<T> promise = Promise.promise();
    loop.runOnContext(v -> attempt(call).onComplete(promise));
    return promise.future();
  }
}
