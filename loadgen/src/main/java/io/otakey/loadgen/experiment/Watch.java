package io.otakey.loadgen.experiment;

import io.otakey.loadgen.load.LoadFleet;
import io.otakey.loadgen.node.Commits;
import io.otakey.loadgen.node.Usage;
import io.otakey.loadgen.report.LatencyLog;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** Looks at devices and gateway while phases go on, and sums up what each took of the machine. */
final class Watch {
  private static final int MOST_SAMPLES = 7200;

  private final Scene scene;
  private final DoubleSupplier cpuElsewhere;
  private final View view;
  private final LatencyLog log;
  private final String tag;
  private final long origin = System.nanoTime();
  private final List<Trial.Sample> samples = new ArrayList<>();
  private Moment before;
  private Moment phaseBegan;
  private Commits commitsBefore = Commits.NONE;
  private long done;
  private long most;
  private Map<String, Long> failures = Map.of();

  private record Moment(long nanos, Usage gateway, Usage database, double generator) {}

  /**
   * @param cpuElsewhere CPU of the generator's other processes so far, in seconds
   * @param tag in front of the phase in the log of latencies
   */
  Watch(Scene scene, DoubleSupplier cpuElsewhere, View view, LatencyLog log, String tag) {
    this.scene = scene;
    this.cpuElsewhere = cpuElsewhere;
    this.view = view;
    this.log = log;
    this.tag = tag;
    this.before = now();
    this.phaseBegan = before;
  }

  /** Seconds since the first start. */
  double seconds() {
    return (System.nanoTime() - origin) / 1e9;
  }

  List<Trial.Sample> samples() {
    return samples;
  }

  Map<String, Long> failures() {
    return failures;
  }

  void begins() throws InterruptedException {
    commitsBefore = scene.commits();
    before = now();
    phaseBegan = before;
    done = 0;
    most = before.gateway().memoryBytes();
    failures = Map.of();
  }

  void look(String phase, Glimpse glimpse) {
    Moment now = now();
    double seconds = Math.max(1e-3, (now.nanos() - before.nanos()) / 1e9);
    Result.Quantiles recent = glimpse.recent().summary();
    failures = Map.copyOf(glimpse.failures());
    most = Math.max(most, now.gateway().memoryBytes());
    Trial.Sample sample =
        new Trial.Sample(
            (now.nanos() - origin) / 1e9,
            phase,
            glimpse.started(),
            glimpse.done(),
            (glimpse.done() - done) / seconds,
            recent.count() == 0 ? null : (Double) recent.p50(),
            recent.count() == 0 ? null : (Double) recent.p99(),
            rise(before.gateway(), now.gateway()) / seconds,
            rise(before.database(), now.database()) / seconds,
            (now.generator() - before.generator()) / seconds,
            now.gateway().memoryBytes(),
            failures);
    long millis = System.currentTimeMillis();
    log.add(tag + phase, millis - (long) (seconds * 1000), millis, glimpse.recent());
    done = glimpse.done();
    before = now;
    if (samples.size() < MOST_SAMPLES) {
      samples.add(sample);
    }
    view.shows(sample);
  }

  Trial.Cost cost() throws InterruptedException {
    Moment now = now();
    return new Trial.Cost(
        rise(phaseBegan.gateway(), now.gateway()),
        rise(phaseBegan.database(), now.database()),
        now.generator() - phaseBegan.generator(),
        Math.max(most, now.gateway().memoryBytes()),
        scene.commits().batchSince(commitsBefore));
  }

  /** A database that was started again counts from nothing. */
  private static double rise(Usage from, Usage to) {
    double rise = to.cpuSeconds() - from.cpuSeconds();
    return rise >= 0 ? rise : to.cpuSeconds();
  }

  private Moment now() {
    return new Moment(
        System.nanoTime(),
        scene.usage(),
        scene.databaseUsage(),
        LoadFleet.cpuSeconds() + cpuElsewhere.getAsDouble());
  }
}
