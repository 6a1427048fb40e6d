package io.otakey.gateway.exchange;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.metric.Metric;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Counts and logs every answer of one transport: one timer for each type of frame and outcome, made
 * when it is first needed; refused frames one line each at debug, one in a while at info.
 */
final class FrameMeters {
  private static final Logger LOG = LoggerFactory.getLogger(FrameMeters.class);
  private static final long SAMPLE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int OUTCOMES = Reply.Kind.values().length + Refusal.values().length + 1;

  /** What a device that is served gets. */
  private static final Map<RequestType, Reply.Kind> USUAL =
      Map.of(
          RequestType.ENROLL, Reply.Kind.GRANT,
          RequestType.ROTATE, Reply.Kind.GRANT,
          RequestType.CONFIRM, Reply.Kind.ACK,
          RequestType.ABANDON, Reply.Kind.ACK,
          RequestType.POLL, Reply.Kind.NOTICE);

  private final MeterRegistry meters;
  private final String transport;
  private final AtomicReferenceArray<@Nullable Timer> timers =
      new AtomicReferenceArray<>((RequestType.values().length + 1) * OUTCOMES);
  private final AtomicLong nextSample = new AtomicLong(System.nanoTime());

  FrameMeters(MeterRegistry meters, String transport) {
    this.meters = meters;
    this.transport = transport;
    // There from the first scrape on, so that the first answer is an increase, too.
    USUAL.forEach(
        (type, kind) ->
            Metric.FRAMES.timer(meters, Metric.label(type), transport, Metric.label(kind)));
  }

  /**
   * Counts one answer.
   *
   * @param type empty for what is no frame
   * @param start when the frame came, in {@link System#nanoTime}
   */
  void count(Optional<RequestType> type, Reply reply, long start) {
    long now = System.nanoTime();
    timer(type, reply).record(now - start, TimeUnit.NANOSECONDS);
    if (reply.kind() == Reply.Kind.ERROR) {
      log(type, reply, now);
    }
  }

  private Timer timer(Optional<RequestType> type, Reply reply) {
    int row = type.map(t -> t.code() - RequestType.ENROLL.code() + 1).orElse(0);
    int slot = row * OUTCOMES + column(reply);
    Timer timer = timers.get(slot);
    if (timer == null) {
      timer = make(type, reply);
      timers.set(slot, timer);
    }
    return timer;
  }

  private static int column(Reply reply) {
    int refusal = reply.refusal().map(Refusal::code).orElse(0);
    return switch (reply.kind()) {
      case GRANT -> reply.repeated() ? 1 : 0;
      case ACK -> 2;
      case NOTICE -> 3;
      case ERROR -> 3 + refusal;
    };
  }

  private Timer make(Optional<RequestType> type, Reply reply) {
    return Metric.FRAMES.timer(
        meters, type.map(Metric::label).orElse("none"), transport, outcome(reply));
  }

  private static String outcome(Reply reply) {
    return reply
        .refusal()
        .map(Metric::label)
        .orElseGet(() -> Metric.label(reply.kind()) + (reply.repeated() ? "_repeated" : ""));
  }

  private void log(Optional<RequestType> type, Reply reply, long now) {
    long due = nextSample.get();
    if (now - due >= 0 && nextSample.compareAndSet(due, now + SAMPLE_NANOS)) {
      log(LOG.atInfo(), type, reply, "frame refused (a sample, the rest at debug)");
    } else if (LOG.isDebugEnabled()) {
      log(LOG.atDebug(), type, reply, "frame refused");
    }
  }

  private void log(
      LoggingEventBuilder line, Optional<RequestType> type, Reply reply, String message) {
    line.addKeyValue("transport", transport)
        .addKeyValue("type", type.map(Metric::label).orElse("none"))
        .addKeyValue("code", reply.refusal().map(Refusal::code).orElse(0))
        .addKeyValue("product", reply.authentic().map(ref -> ref.productId()).orElse("-"))
        .addKeyValue("device", reply.authentic().map(ref -> ref.deviceId()).orElse("-"))
        .addKeyValue("reason", reply.why())
        .log(message);
  }
}
