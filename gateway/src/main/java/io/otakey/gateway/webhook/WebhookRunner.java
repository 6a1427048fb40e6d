package io.otakey.gateway.webhook;

import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.DutyLoop;
import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventLog.Page;
import io.otakey.gateway.registry.EventTail;
import io.otakey.gateway.registry.EventsGoneException;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to webhooks, on whichever node has the lease: each webhook at its own pace, in
 * the order of commits, a piece noted before it is sent and sent until it has arrived. Everything
 * that lasts is in the ledger. Deploy one instance; it never blocks its event loop.
 */
public final class WebhookRunner extends VerticleBase {
  /** Events of one request. */
  static final int MOST = 200;

  private static final Logger LOG = LoggerFactory.getLogger(WebhookRunner.class);

  /** One after the other, before the webhook is looked at anew. */
  private static final int ROUNDS = 20;

  private static final long SHORTEST_PAUSE_MS = 1000;
  private static final long LONGEST_PAUSE_MS = Duration.ofMinutes(10).toMillis();
  private static final long PASSED_NANOS = Duration.ofMinutes(1).toNanos();

  private final WebhookConfig config;
  private final WebhookLedger ledger;
  private final EventTail tail;
  private final WebhookSender sender;
  private final Function<Event, String> json;
  private final DutyLoop loop;
  private final Map<String, Future<Void>> underWay = new HashMap<>();

  /** How far each has been looked through, beyond what the ledger says. */
  private final Map<String, Place> places = new HashMap<>();

  private final Runnable reader = WebhookRunner::seeAtNextTick;
  private long passedAt = System.nanoTime();

  private record Place(long version, EventCursor cursor) {}

  /**
   * Begins once it is deployed.
   *
   * @param tail nobody else's
   * @param json an event as receivers are to see it
   */
  public WebhookRunner(
      WebhookConfig config,
      WebhookLedger ledger,
      EventTail tail,
      WebhookSender sender,
      Function<Event, String> json,
      MeterRegistry meters) {
    this.config = config;
    this.ledger = ledger;
    this.tail = tail;
    this.sender = sender;
    this.json = json;
    this.loop = new DutyLoop("webhooks", ledger, this::lead);
    Metric.DUTY_LEADS.gauge(meters, loop, DutyLoop::leads, "webhooks");
  }

  @Override
  public Future<?> start() {
    loop.start(vertx, config.tick());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return loop.halt()
        .onComplete(done -> sender.close())
        .compose(done -> Future.join(List.copyOf(underWay.values())).otherwiseEmpty())
        .onComplete(done -> tail.leave(reader))
        .compose(done -> loop.resign());
  }

  private Future<Void> lead(Lease lease) {
    return ledger
        .webhooks()
        .compose(
            all -> {
              List<Webhook> open =
                  all.stream().filter(hook -> hook.progress().pausedAt().isEmpty()).toList();
              keep(open);
              for (Webhook hook : open) {
                if (hook.progress().due()) {
                  unlessUnderWay(lease, hook);
                }
              }
              return passed(lease, open);
            });
  }

  /** Reads the newest events only while somebody wants them. */
  private void keep(List<Webhook> open) {
    if (open.isEmpty()) {
      tail.leave(reader);
    } else {
      tail.join(reader);
    }
    sender.retain(open.stream().map(Webhook::id).collect(Collectors.toSet()));
    places.keySet().retainAll(open.stream().map(Webhook::id).toList());
  }

  private void unlessUnderWay(Lease lease, Webhook hook) {
    Future<Void> last = underWay.getOrDefault(hook.id(), Future.succeededFuture());
    if (last.isComplete() && !loop.isHalted()) {
      underWay.put(
          hook.id(), deliver(lease, hook, ROUNDS).onFailure(loop::report).otherwiseEmpty());
    }
  }

  private static void seeAtNextTick() {}

  /** The next pieces, as long as they arrive. */
  private Future<Void> deliver(Lease lease, Webhook hook, int rounds) {
    EventCursor from = place(hook);
    return next(hook, from)
        .compose(
            found -> {
              if (found.delivery().isPresent()) {
                return send(lease, hook, found.delivery().get());
              }
              places.put(hook.id(), new Place(hook.version(), found.end()));
              return Future.succeededFuture(!found.atEnd());
            })
        .compose(
            more ->
                more && rounds > 1 && !loop.isHalted()
                    ? deliver(lease, hook, rounds - 1)
                    : Future.succeededFuture());
  }

  private EventCursor place(Webhook hook) {
    EventCursor stored = hook.progress().seen();
    Place known = places.get(hook.id());
    return known != null
            && known.version() == hook.version()
            && known.cursor().compareTo(stored) > 0
        ? known.cursor()
        : stored;
  }

  /** A piece to send, or how far there is none. */
  private record Found(Optional<Delivery> delivery, EventCursor end, boolean atEnd) {}

  private Future<Found> next(Webhook hook, EventCursor from) {
    return tail.page(from, hook.order().filter(), MOST)
        .map(page -> found(hook, from, page))
        .recover(
            failure ->
                failure instanceof EventsGoneException gone && gone.last().compareTo(from) > 0
                    ? Future.succeededFuture(gap(hook, from, gone.last()))
                    : Future.failedFuture(failure));
  }

  /** What was noted as being sent is sent again as it was, whatever came behind it meanwhile. */
  private Found found(Webhook hook, EventCursor from, Page page) {
    List<Event> noted =
        hook.progress()
            .sending()
            .filter(end -> end.compareTo(from) > 0)
            .map(end -> page.events().stream().filter(e -> e.cursor().compareTo(end) <= 0).toList())
            .orElse(List.of());
    List<Event> events = noted.isEmpty() ? page.events() : noted;
    return events.isEmpty()
        ? new Found(Optional.empty(), page.end(), page.atEnd())
        : new Found(Optional.of(Delivery.of(hook.id(), events, json)), page.end(), false);
  }

  private static Found gap(Webhook hook, EventCursor from, EventCursor last) {
    return new Found(Optional.of(Delivery.gap(hook.id(), from, last)), last, false);
  }

  /** Whether it arrived, and there may be more. */
  private Future<Boolean> send(Lease lease, Webhook hook, Delivery delivery) {
    return ledger
        .sending(lease, hook, delivery.upTo())
        .compose(
            noted ->
                noted
                    ? sender
                        .send(hook, delivery)
                        .transform(
                            sent ->
                                sent.succeeded()
                                    ? arrived(lease, hook, delivery)
                                    : failed(lease, hook, sent.cause()))
                    : Future.succeededFuture(false));
  }

  private Future<Boolean> arrived(Lease lease, Webhook hook, Delivery delivery) {
    return ledger
        .delivered(lease, hook, delivery.upTo(), delivery.events())
        .onSuccess(
            valid -> {
              if (valid) {
                places.put(hook.id(), new Place(hook.version(), delivery.upTo()));
              }
            });
  }

  private Future<Boolean> failed(Lease lease, Webhook hook, Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    if (loop.isHalted()) {
      return Future.succeededFuture(false); // it is this node that ended the request
    }
    return ledger
        .failed(lease, hook, pause(hook.progress().tries()), config.pauseAfter(), why)
        .map(
            outcome -> {
              if (outcome == WebhookLedger.Failure.PAUSED) {
                LOG.warn("webhook {} is paused, having failed for long: {}", hook.id(), why);
              } else if (hook.progress().tries() == 0) {
                LOG.info("webhook {} failed and is tried again: {}", hook.id(), why);
              }
              return false;
            });
  }

  /** Doubles from a second to ten minutes, less up to a half at random. */
  private static Duration pause(int tries) {
    long full = Math.min(SHORTEST_PAUSE_MS << Math.min(tries, 20), LONGEST_PAUSE_MS);
    return Duration.ofMillis(full - ThreadLocalRandom.current().nextLong(full / 2));
  }

  /** Now and then, so that another node need not look through what was not for them. */
  private Future<Void> passed(Lease lease, List<Webhook> open) {
    if (System.nanoTime() - passedAt < PASSED_NANOS) {
      return Future.succeededFuture();
    }
    passedAt = System.nanoTime();
    Map<Webhook, EventCursor> passed = new HashMap<>();
    for (Webhook hook : open) {
      if (place(hook).compareTo(hook.progress().seen()) > 0) {
        passed.put(hook, place(hook));
      }
    }
    return passed.isEmpty() ? Future.succeededFuture() : ledger.passed(lease, passed);
  }
}
