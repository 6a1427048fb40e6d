package io.otakey.gateway.platform;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.Resource;
import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells devices that were asked and are not connected here that something waits, through their
 * platforms (protocol section 9), once and without repetition: whoever does not hear it hears at
 * its next POLL. Each platform has a queue and a pace of its own. Deploy one instance before
 * anything is announced.
 */
public final class Notifier extends VerticleBase implements Announcer {
  private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);

  private static final int MAX_WAITING = 100_000;
  private static final int LOOK_UP = 500;

  /** Where a device's platform is not looked up yet. */
  private static final String UNKNOWN = "none";

  private static final int MAX_BATCH = 20;

  /** 200 messages a second to a platform, which makes as many POLLs. */
  private static final long PAUSE_MS_EACH = 5;

  private final PlatformService platforms;
  private final PlatformLedger ledger;
  private final Predicate<DeviceRef> connected;
  private final MeterRegistry meters;
  private final Counter full;
  private final Queue<DeviceRef> waiting = new ArrayDeque<>();
  private final Map<String, Lane> lanes = new HashMap<>();
  private boolean looking;

  /** Logins at one platform that are still to be told. */
  private static final class Lane {
    private final Queue<Login> logins = new ArrayDeque<>();
    private boolean underWay;
  }

  /**
   * @param connected whether a device is connected to this node, and hears by itself; any thread
   */
  public Notifier(
      PlatformService platforms,
      PlatformLedger ledger,
      Predicate<DeviceRef> connected,
      MeterRegistry meters) {
    this.platforms = platforms;
    this.ledger = ledger;
    this.connected = connected;
    this.meters = meters;
    this.full = Resource.NOTICE_QUEUE.refused(meters);
    Resource.NOTICE_QUEUE.show(meters, waiting, Queue::size, MAX_WAITING);
  }

  @Override
  public Future<?> start() {
    return Future.succeededFuture();
  }

  @Override
  public void announce(List<AskedDevice> devices) {
    if (platforms.registry().platforms().stream().noneMatch(Platform::notifies)) {
      return;
    }
    List<DeviceRef> away =
        devices.stream()
            .filter(device -> device.action() != Answer.Action.NONE)
            .map(AskedDevice::ref)
            .filter(connected.negate())
            .toList();
    if (!away.isEmpty()) {
      context.runOnContext(v -> take(away));
    }
  }

  private void take(List<DeviceRef> devices) {
    int room = Math.min(devices.size(), MAX_WAITING - waiting.size());
    waiting.addAll(devices.subList(0, room));
    count(UNKNOWN, "left_out", devices.size() - room);
    full.increment(devices.size() - room);
    lookUp();
  }

  /** Rows are read where messages are wanted only, so asking costs nobody else anything. */
  private void lookUp() {
    if (looking || waiting.isEmpty()) {
      return;
    }
    looking = true;
    List<DeviceRef> next = next(waiting, LOOK_UP);
    ledger
        .held(next)
        .onSuccess(held -> held.forEach(this::queue))
        .onFailure(
            failure -> {
              count(UNKNOWN, "failed", next.size());
              LOG.debug("{} devices are not told: {}", next.size(), failure.getMessage());
            })
        .onComplete(
            done -> {
              looking = false;
              lanes.forEach(this::send);
              lookUp();
            });
  }

  private void queue(PlatformLedger.Granted held) {
    String platform = held.platformId();
    if (platforms.registry().platform(platform).filter(Platform::notifies).isEmpty()) {
      return;
    }
    Lane lane = lanes.computeIfAbsent(platform, id -> new Lane());
    platforms
        .logins()
        .login(held.key(), held.connectionId())
        .ifPresent(
            login -> {
              if (lane.logins.size() < MAX_WAITING) {
                lane.logins.add(login);
              } else {
                count(platform, "left_out", 1);
              }
            });
  }

  private void send(String platform, Lane lane) {
    if (lane.underWay || lane.logins.isEmpty()) {
      return;
    }
    lane.underWay = true;
    Optional<LivePlatform> live = platforms.connected(platform);
    int most = live.map(known -> Math.min(MAX_BATCH, known.maxBatch())).orElse(MAX_BATCH);
    List<Login> next = next(lane.logins, most);
    live.map(known -> known.notify(next))
        .orElseGet(() -> Future.failedFuture("the platform has no usable settings"))
        .onComplete(
            done -> {
              tell(platform, next.size(), done.result(), done.cause());
              vertx.setTimer(next.size() * PAUSE_MS_EACH, id -> sendMore(platform, lane));
            });
  }

  private void sendMore(String platform, Lane lane) {
    lane.underWay = false;
    send(platform, lane);
  }

  private void tell(
      String platform, int sent, @Nullable List<Outcome> outcomes, @Nullable Throwable failure) {
    if (outcomes == null) {
      count(platform, "failed", sent);
      LOG.debug("{} devices on {} are not told: {}", sent, platform, String.valueOf(failure));
      return;
    }
    long done = outcomes.stream().filter(Outcome.DONE::equals).count();
    count(platform, "sent", done);
    count(platform, "failed", sent - done);
  }

  private void count(String platform, String outcome, long times) {
    if (times > 0) {
      Metric.PLATFORM_NOTICES.counter(meters, platform, outcome).increment((double) times);
    }
  }

  private static <T> List<T> next(Queue<T> queue, int most) {
    List<T> next = new ArrayList<>();
    while (next.size() < most && !queue.isEmpty()) {
      next.add(queue.remove());
    }
    return next;
  }
}
