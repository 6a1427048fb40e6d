package io.otakey.gateway.exchange;

import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.EnrollAnswer;
import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.SecurityEvent;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Request;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Security events: evidence for people, never a trigger (protocol section 6.7). The same frame
 * counts once. Thread-safe, bounded.
 */
final class Evidence {
  private static final Logger LOG = LoggerFactory.getLogger(Evidence.class);
  private static final int REMEMBERED = 65_536;

  private final RecentFrames seen = new RecentFrames(REMEMBERED);
  private final DeviceRegistry devices;
  private final MeterRegistry meters;

  Evidence(DeviceRegistry devices, MeterRegistry meters) {
    this.devices = devices;
    this.meters = meters;
  }

  /** Somebody with the product key asks to enroll a device that has a key. */
  void duplicateDevice(Request request) {
    note(request, SecurityEvent.of(EventKind.DUPLICATE_DEVICE, request.ref()));
  }

  /** Somebody holds a key that was superseded. */
  void staleKey(Request request) {
    note(request, SecurityEvent.of(EventKind.STALE_KEY, request.ref()));
  }

  /** Somebody with the product key may not enroll this device. */
  void refused(Request request, EnrollAnswer.Outcome reason) {
    note(request, SecurityEvent.refused(request.ref(), reason));
  }

  /** A device gave a grant up; the registry stored the event with the attempt it raised. */
  void abandoned(AbandonRequest request) {
    if (seen.add(request.proof())) {
      count(request, EventKind.ABANDONED, Optional.of(reason(request.reason())));
    }
  }

  /** As the event names it. */
  private static Event.Reason reason(AbandonRequest.Reason reason) {
    return switch (reason) {
      case PLATFORM_UNREACHABLE -> Event.Reason.PLATFORM_UNREACHABLE;
      case PLATFORM_REFUSED -> Event.Reason.PLATFORM_REFUSED;
      case STORAGE_FAILED -> Event.Reason.STORAGE_FAILED;
      case NOT_ACKNOWLEDGED -> Event.Reason.NOT_ACKNOWLEDGED;
      case CONNECTION_NOT_SUPPORTED -> Event.Reason.CONNECTION_UNUSABLE;
    };
  }

  private void note(Request request, SecurityEvent event) {
    if (seen.add(request.proof())) {
      count(request, event.kind(), event.reason());
      devices.note(event);
      LOG.debug(
          "security event: {} {} product={} device={} frame={}",
          event.kind(),
          event.reason().map(Enum::name).orElse(""),
          event.ref().productId(),
          event.ref().deviceId(),
          request.type());
    }
  }

  private void count(Request request, EventKind kind, Optional<? extends Enum<?>> reason) {
    Metric.SECURITY_EVENTS
        .counter(
            meters,
            request.ref().productId(),
            Metric.label(kind),
            reason.map(Metric::label).orElse("none"))
        .increment();
  }
}
