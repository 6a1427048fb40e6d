package io.otakey.gateway.campaign;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.metric.Metric;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What campaigns leave of their pace to devices that come by themselves: half of it after each look
 * that found this node slow, a little more after each that did not. Not thread-safe.
 */
final class Brake {
  private static final List<String> WATCHED = List.of("confirm", "rotate");
  private static final double LEAST = 0.02;

  private final MeterRegistry meters;
  private final double slowAboveMillis;
  private volatile double share = 1;
  private long frames;
  private double millis;

  Brake(MeterRegistry meters, CampaignConfig config) {
    this.meters = meters;
    this.slowAboveMillis = config.slowAbove().toMillis();
    Metric.CAMPAIGN_SHARE.gauge(meters, this, brake -> brake.share);
  }

  /** Looks at the frames since the last look; the share of the pace to keep to, above 0. */
  double look() {
    long framesNow = 0;
    double millisNow = 0;
    for (Timer timer : meters.find(Metric.FRAMES.id()).timers()) {
      if (WATCHED.contains(timer.getId().getTag("type"))) {
        framesNow += timer.count();
        millisNow += timer.totalTime(TimeUnit.MILLISECONDS);
      }
    }
    long served = framesNow - frames;
    boolean slow = served > 0 && (millisNow - millis) / served > slowAboveMillis;
    frames = framesNow;
    millis = millisNow;
    share = slow ? Math.max(LEAST, share / 2) : Math.min(1, share * 1.1 + 0.01);
    return share;
  }
}
