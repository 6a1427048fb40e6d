package io.otakey.gateway.metric;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What kind of numbers a meter gives, in which unit and, of a histogram, with which buckets. */
public enum Form {
  /** Only rises, from 0 at the start of the node. */
  COUNTER("_total", null),
  /** A number now. */
  GAUGE("", null),
  /** A number of bytes now. */
  BYTES("_bytes", "bytes"),
  /** A number of seconds now. */
  SECONDS("_seconds", "seconds"),
  /** Durations inside of a node: half a millisecond to 30 s. */
  LATENCY(
      "_seconds",
      "seconds",
      0.0005,
      0.001,
      0.002,
      0.005,
      0.01,
      0.02,
      0.05,
      0.1,
      0.25,
      0.5,
      1.0,
      2.0,
      5.0,
      30.0),
  /** Durations of calls to others: 5 ms to a minute. */
  CALL(
      "_seconds",
      "seconds",
      0.005,
      0.01,
      0.025,
      0.05,
      0.1,
      0.25,
      0.5,
      1.0,
      2.5,
      5.0,
      10.0,
      30.0,
      60.0),
  /** Durations without buckets, where series are many: their number, sum and maximum. */
  TIME("_seconds", "seconds"),
  /** Numbers of things. */
  SIZE("", null, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0);

  private static final double NANOS = 1e9;

  private final String suffix;
  private final @Nullable String unit;

  @SuppressWarnings("ImmutableEnumChecker") // nobody else gets the array
  private final double[] bounds;

  Form(String suffix, @Nullable String unit, double... bounds) {
    this.suffix = suffix;
    this.unit = unit;
    this.bounds = bounds;
  }

  /** Whether it is a histogram. */
  public boolean hasBuckets() {
    return bounds.length > 0;
  }

  /** Upper bounds of the buckets, in the unit of the form. */
  public double[] bounds() {
    return bounds.clone();
  }

  Duration[] durations() {
    return Arrays.stream(bounds)
        .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * NANOS)))
        .toArray(Duration[]::new);
  }

  /** What Prometheus' name ends in. */
  public String suffix() {
    return suffix;
  }

  /** The unit that is part of the name, if it is. */
  @Nullable String unit() {
    return unit;
  }
}
