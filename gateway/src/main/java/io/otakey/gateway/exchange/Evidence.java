package io.otakey.gateway.exchange;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.MeterNames;
import io.otakey.protocol.wire.Request;
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
  private final Counter duplicateDevice;
  private final Counter staleKey;

  Evidence(MeterRegistry meters) {
    duplicateDevice = meters.counter(MeterNames.SECURITY_EVENTS, "kind", "duplicate_device");
    staleKey = meters.counter(MeterNames.SECURITY_EVENTS, "kind", "stale_key");
  }

  /** Somebody with the product key asks to enroll a device that has a key. */
  void duplicateDevice(Request request) {
    note(request, duplicateDevice, "duplicate device");
  }

  /** Somebody holds a key that was superseded. */
  void staleKey(Request request) {
    note(request, staleKey, "stale key");
  }

  private void note(Request request, Counter counter, String what) {
    if (seen.add(request.proof())) {
      counter.increment();
      LOG.info(
          "security event: {} product={} device={} frame={}",
          what,
          request.ref().productId(),
          request.ref().deviceId(),
          request.type());
    }
  }
}
