package io.otakey.gateway.exchange;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Resource;
import io.otakey.gateway.platform.Platforms;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.EnrollRequest;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.RotateRequest;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers frames: decodes, dispatches, counts, and turns every failure into an ERROR. Remembers
 * nothing between a GRANT and its CONFIRM. Thread-safe; one for all event loops.
 */
public final class FrameService {
  private static final Logger LOG = LoggerFactory.getLogger(FrameService.class);

  private final Enroll enroll;
  private final Rotate rotate;
  private final Confirm confirm;
  private final Abandon abandon;
  private final Poll poll;
  private final Waiting waiting;
  private final Supplier<Optional<String>> holdOff;
  private final MeterRegistry meters;
  private final int maxInFlight;
  private final Counter refused;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean draining;

  /**
   * Builds one handler for each request; nothing starts to run.
   *
   * @param holdOff why no device can be answered now, so that each gets ERROR 8; asked for every
   *     frame
   */
  public FrameService(
      ExchangeConfig config,
      Vault vault,
      X25519 x25519,
      ProductRegistry products,
      Connections connections,
      DeviceRegistry devices,
      Platforms platforms,
      Supplier<Optional<String>> holdOff,
      MeterRegistry meters) {
    this(
        config,
        vault,
        x25519,
        products,
        connections,
        devices,
        platforms,
        holdOff,
        meters,
        System::nanoTime,
        ThreadLocalRandom::current);
  }

  /** With a clock and with randomness of the caller's, which may be repeated. */
  FrameService(
      ExchangeConfig config,
      Vault vault,
      X25519 x25519,
      ProductRegistry products,
      Connections connections,
      DeviceRegistry devices,
      Platforms platforms,
      Supplier<Optional<String>> holdOff,
      MeterRegistry meters,
      LongSupplier nanoTime,
      Supplier<? extends RandomGenerator> random) {
    this.holdOff = holdOff;
    this.meters = meters;
    this.maxInFlight = config.maxInFlight();
    this.waiting = new Waiting(config, nanoTime, random);
    Evidence evidence = new Evidence(devices, meters);
    DeviceAuth auth = new DeviceAuth(vault, products);
    KeyDelivery delivery = new KeyDelivery(vault, x25519);
    GrantMemory memory = new GrantMemory(config, nanoTime);
    GrantLimit limit = new GrantLimit(config.grantsPerHour(), nanoTime);
    EnrollRate rate = new EnrollRate(nanoTime);
    enroll =
        new Enroll(
            vault,
            products,
            connections,
            devices,
            delivery,
            memory,
            limit,
            rate,
            waiting,
            evidence);
    rotate =
        new Rotate(
            auth,
            waiting,
            evidence,
            vault,
            connections,
            devices,
            delivery,
            memory,
            limit,
            new Homes(connections, platforms));
    confirm = new Confirm(auth, waiting, evidence, products, devices);
    abandon = new Abandon(auth, waiting, evidence, devices, limit);
    poll = new Poll(auth, waiting, evidence, products, devices);
    Resource.FRAMES.show(meters, inFlight, AtomicInteger::get, maxInFlight);
    Resource.GRANTS_REMEMBERED.show(meters, memory, GrantMemory::size, config.rememberedGrants());
    refused = Resource.FRAMES.refused(meters);
  }

  /** The handler for one transport, which counts under its name. */
  public FrameHandler handlerFor(String transport) {
    FrameMeters counted = new FrameMeters(meters, transport);
    return frame -> handle(frame, counted);
  }

  /** An answer that says: too much at once. For transports that cannot take a frame on. */
  public Reply busy(String why) {
    return Reply.refused(Refusal.BUSY, waiting.retryAfter(Refusal.BUSY), why);
  }

  /** From now on every new frame gets ERROR 8; what is under way is answered. */
  public void drain() {
    draining = true;
  }

  /** Frames that are being answered now. */
  public int inFlight() {
    return inFlight.get();
  }

  private Future<Reply> handle(byte[] frame, FrameMeters counted) {
    long start = System.nanoTime();
    Request request;
    try {
      request = Request.decode(frame);
    } catch (MalformedFrameException e) {
      Reply reply = Reply.refused(Refusal.MALFORMED, 0, String.valueOf(e.getMessage()));
      counted.count(Optional.empty(), reply, start);
      return Future.succeededFuture(reply);
    }
    Optional<String> held = holdOff.get();
    if (held.isPresent()) {
      Reply reply = busy(held.get());
      counted.count(Optional.of(request.type()), reply, start);
      return Future.succeededFuture(reply);
    }
    if (inFlight.incrementAndGet() > maxInFlight || draining) {
      inFlight.decrementAndGet();
      refused.increment();
      Reply reply = busy(draining ? "the node is stopping" : "too many frames in flight");
      counted.count(Optional.of(request.type()), reply, start);
      return Future.succeededFuture(reply);
    }
    return dispatch(request)
        .otherwise(failure -> broken(request, failure))
        .onComplete(
            done -> {
              inFlight.decrementAndGet();
              counted.count(Optional.of(request.type()), done.result(), start);
            });
  }

  private Future<Reply> dispatch(Request request) {
    try {
      return switch (request.type()) {
        case ENROLL -> enroll.handle((EnrollRequest) request);
        case ROTATE -> rotate.handle((RotateRequest) request);
        case CONFIRM -> confirm.handle((ConfirmRequest) request);
        case ABANDON -> abandon.handle((AbandonRequest) request);
        case POLL -> poll.handle((PollRequest) request);
      };
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /** A bug: loud in the log, bland on the wire. */
  private Reply broken(Request request, Throwable failure) {
    LOG.error("{} of product {} failed", request.type(), request.ref().productId(), failure);
    return Reply.refused(
        Refusal.INTERNAL, waiting.retryAfter(Refusal.INTERNAL), "a bug: see the log above");
  }
}
