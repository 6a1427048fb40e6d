package io.otakey.gateway.presence;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.Resource;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.KeyRef;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pushes a NOTICE to every device that was asked and is connected to this node, at a pace that
 * leaves the event loops to the frames. A push that is lost costs a wait until the next POLL.
 * Deploy one instance.
 */
public final class Pusher extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(Pusher.class);

  /** 20,000 a second, each about 10 microseconds here and as much at its connection. */
  private static final int PER_TURN = 100;

  private static final long TURN_MILLIS = 5;
  private static final int MAX_WAITING = 200_000;

  /** Seconds; a device obeys a pushed NOTICE's action only (protocol section 5). */
  private static final long POLL_AFTER = 300;

  private final Presence presence;
  private final Vault vault;
  private final Counter sent;
  private final Counter stale;
  private final Counter leftOut;
  private final Counter full;
  private final Timer waited;
  private final ArrayDeque<Due> due = new ArrayDeque<>();
  private Optional<MessageConsumer<Buffer>> consumer = Optional.empty();
  private boolean underWay;

  private record Due(AskedDevice device, long since) {}

  /** Begins once it is deployed. */
  public Pusher(Presence presence, Vault vault, MeterRegistry meters) {
    this.presence = presence;
    this.vault = vault;
    this.sent = counter(meters, "sent");
    this.stale = counter(meters, "stale");
    this.leftOut = counter(meters, "left_out");
    this.waited = Metric.PUSH_WAIT.timer(meters);
    this.full = Resource.PUSH_QUEUE.refused(meters);
    Metric.DEVICES_PRESENT.gauge(meters, presence, Presence::size);
    Resource.PUSH_QUEUE.show(meters, due, ArrayDeque::size, MAX_WAITING);
  }

  private static Counter counter(MeterRegistry meters, String outcome) {
    return Metric.PUSHES.counter(meters, outcome);
  }

  @Override
  public Future<?> start() {
    MessageConsumer<Buffer> listening =
        vertx.eventBus().consumer(Announcement.ADDRESS, this::heard);
    consumer = Optional.of(listening);
    return listening.completion();
  }

  @Override
  public Future<?> stop() {
    due.clear();
    return consumer.map(MessageConsumer::unregister).orElseGet(Future::succeededFuture);
  }

  private void heard(Message<Buffer> message) {
    var devices = Announcement.decode(message.body());
    if (devices.isEmpty()) {
      LOG.warn("an announcement in a form that this version does not know: left out");
      return;
    }
    long now = System.nanoTime();
    for (AskedDevice device : devices.get()) {
      if (presence.key(device.ref()).isPresent()) {
        if (due.size() < MAX_WAITING) {
          due.add(new Due(device, now));
        } else {
          leftOut.increment();
          full.increment();
        }
      }
    }
    if (!underWay && !due.isEmpty()) {
      turn();
    }
  }

  private void turn() {
    for (int i = 0; i < PER_TURN && !due.isEmpty(); i++) {
      push(due.remove());
    }
    underWay = !due.isEmpty();
    if (underWay) {
      vertx.setTimer(TURN_MILLIS, id -> turn());
    }
  }

  /** Only under the key that the row has: the device obeys no other. */
  private void push(Due next) {
    Optional<byte[]> notice =
        presence
            .key(next.device.ref())
            .filter(key -> key.epoch() == next.device.epoch())
            .flatMap(key -> notice(key, next.device.action()));
    if (notice.isPresent()) {
      presence.push(next.device.ref(), notice.get());
      sent.increment();
      waited.record(Duration.ofNanos(System.nanoTime() - next.since));
    } else {
      stale.increment();
    }
  }

  private Optional<byte[]> notice(KeyRef key, Answer.Action action) {
    return GrantToken.decode(key.token())
        .flatMap(token -> vault.allocation(token.allocationSecretId(), key.ref().productId()))
        .map(
            allocation -> {
              try (FrameKey deviceKey = new FrameKey(allocation.deviceKey(key))) {
                return deviceKey.push(Answer.Notice.covered(key.epoch(), action, POLL_AFTER));
              }
            });
  }
}
