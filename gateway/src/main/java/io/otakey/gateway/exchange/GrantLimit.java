package io.otakey.gateway.exchange;

import io.otakey.protocol.wire.DeviceRef;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Grants per device and hour on this node (protocol section 6.8). A repeated frame is admitted
 * without being counted; a refused one is not counted either. Bounded: with very many devices the
 * oldest counts are forgotten early, which errs on the side of the device. Thread-safe.
 */
final class GrantLimit {
  private static final int MAX_DEVICES = 262_144;
  private static final int MAX_FRAMES = 262_144;

  private final int perHour;
  private final Generations<DeviceRef, Integer> counts;
  private final RecentFrames seen = new RecentFrames(MAX_FRAMES);

  GrantLimit(int perHour, LongSupplier nanoTime) {
    this.perHour = perHour;
    long halfHour = Duration.ofMinutes(30).toNanos();
    this.counts = new Generations<>(MAX_DEVICES, halfHour, nanoTime);
  }

  /**
   * Counts one more grant, unless the frame was seen before; false if that is too many.
   *
   * @param proof guard or mac of the frame
   */
  boolean admit(DeviceRef device, byte[] proof) {
    if (seen.contains(proof)) {
      return true;
    }
    if (counts.recent(device).stream().mapToInt(Integer::intValue).sum() >= perHour) {
      return false; // and not counted, or whoever keeps asking would be refused for ever
    }
    counts.add(device, 1, Integer::sum);
    seen.add(proof);
    return true;
  }
}
