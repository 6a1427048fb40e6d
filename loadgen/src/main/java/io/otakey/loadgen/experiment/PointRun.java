package io.otakey.loadgen.experiment;

import io.otakey.loadgen.experiment.Phase.Act;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.report.LatencyLog;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Latency;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** All phases of an experiment, once, on a scene that is there. */
final class PointRun {
  private static final long TURN_MILLIS = 25;
  private static final int TURNS_PER_LOOK = 20;
  private static final int CURVE_POINTS = 60;

  private final Experiment experiment;
  private final Scene scene;
  private final Crowd crowd;
  private final View view;
  private final Watch watch;
  private final FaultPlayer faults;
  private final long deadline;
  private final List<Trial.Phase> phases = new ArrayList<>();
  private boolean recovering;

  /** What came of it, and what to think of it. */
  record Outcome(Trial.Point point, List<String> warnings, String crypto) {}

  /**
   * Begins nothing yet.
   *
   * @param tag in front of phases in the log of latencies
   * @param deadline when to give up
   */
  PointRun(
      Experiment experiment,
      Scene scene,
      Networks networks,
      Crowd crowd,
      View view,
      LatencyLog log,
      String tag,
      long deadline) {
    this.experiment = experiment;
    this.scene = scene;
    this.crowd = crowd;
    this.view = view;
    this.watch = new Watch(scene, crowd::cpuElsewhere, view, log, tag);
    this.faults = new FaultPlayer(scene, networks, view, watch::seconds);
    this.deadline = deadline;
  }

  Outcome run(@Nullable Double value, String label) throws NodeException, InterruptedException {
    List<String> warnings = new ArrayList<>();
    for (Phase phase : experiment.phases()) {
      play(phase);
    }
    if (!experiment.isLiving()) {
      play(Phase.PROOF);
    }
    view.says("proof: every key that the devices hold");
    Crowd.Ending ending = crowd.ending();
    warnings.addAll(ending.warnings());
    ending.faults().forEach(fault -> warnings.add("fault: " + fault));
    warnings.addAll(faults.missed());
    if (System.nanoTime() - deadline > 0) {
      warnings.add("stop.after was over before the end: figures are of an unfinished run");
    }
    Map<Figure, Double> whole = new EnumMap<>(ending.figures());
    view.says(standing(whole));
    unproven(whole.getOrDefault(Figure.UNPROVEN, 0.0)).ifPresent(warnings::add);
    whole.put(Figure.DEVICES, (double) experiment.devices());
    if (hasOverwriteBaseline()) {
      whole.put(Figure.OVERWRITE_BRICKED, (double) OverwriteScheme.bricked(experiment));
    }
    List<Trial.Scheme> schemes = List.of();
    if (experiment.baselines().isPresent()) {
      view.says("other ways of giving devices keys ...");
      schemes = OtherSchemes.measure(experiment, scene);
      whole.putAll(OtherSchemes.figures(schemes));
    }
    Trial.Point point =
        new Trial.Point(
            value,
            label,
            List.copyOf(phases),
            watch.samples(),
            faults.events(),
            new Figures(experiment).of(whole, ending.groups(), phases),
            ending.proof(),
            schemes);
    return new Outcome(point, warnings, ending.crypto());
  }

  private static String standing(Map<Figure, Double> figures) {
    return String.format(
        Locale.ROOT,
        "%,.0f proven, %,.0f bricked, %,.0f unproven",
        figures.getOrDefault(Figure.PROVEN, 0.0),
        figures.getOrDefault(Figure.BRICKED, 0.0),
        figures.getOrDefault(Figure.UNPROVEN, 0.0));
  }

  private static Optional<String> unproven(double devices) {
    return devices == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%,.0f devices are unproven: they hold a key, and whether the gateway serves it did"
                    + " not come out within stop.patience; raise that, or see why the gateway did"
                    + " not answer",
                devices));
  }

  private boolean hasOverwriteBaseline() {
    return !experiment.isLiving()
        && (experiment.network().loss() > 0
            || experiment.faults().stream()
                .anyMatch(fault -> fault.kind() == Fault.Kind.POWER_CUT));
  }

  private void play(Phase phase) throws NodeException, InterruptedException {
    int devices = experiment.isLiving() ? experiment.devices() : experiment.virtualDevices();
    view.begins(phase.title(), phase.act() == Act.IDLE ? 0 : devices);
    faults.begins(
        experiment.faults().stream().filter(f -> f.phase().equals(phase.title())).toList());
    watch.begins();
    double startedAt = watch.seconds();
    prepare(phase);
    crowd.begin(phase);
    int turn = 0;
    while (!crowd.await(TURN_MILLIS)) {
      turn++;
      if (turn % TURNS_PER_LOOK == 0) {
        look(phase);
      } else if (!experiment.faults().isEmpty()) {
        faults.look((double) crowd.done() / devices);
      }
      if (System.nanoTime() - deadline > 0) {
        crowd.stop();
      }
    }
    faults.ends();
    watch.look(phase.title(), crowd.glimpse());
    Crowd.Outcome outcome = crowd.outcome();
    Result.Phase load = outcome.load(phase.title());
    phases.add(
        new Trial.Phase(
            phase.title(),
            phase.act().name().toLowerCase(Locale.ROOT).replace('_', '-'),
            startedAt,
            load,
            outcome.groups(),
            curve(outcome.all().fromStart()),
            watch.failures(),
            watch.cost()));
    view.ends(load);
  }

  /** What is done to the gateway before a phase begins. */
  private void prepare(Phase phase) throws NodeException, InterruptedException {
    if (recovering) {
      scene.closeRecovery(); // until then nobody moves more than one step
      recovering = false;
    }
    if (phase.act() == Act.RECOVER) {
      scene.loseDatabase();
      recovering = true;
    }
  }

  private void look(Phase phase) throws NodeException, InterruptedException {
    Glimpse glimpse = crowd.glimpse();
    watch.look(phase.title(), glimpse);
    long failures = glimpse.failures().values().stream().mapToLong(Long::longValue).sum();
    if (failures > experiment.stop().failuresPerDevice() * Math.max(1, glimpse.started())) {
      faults.note("stopped: more failures than stop.failures-per-device allows");
      crowd.stop();
    }
  }

  /** Denser towards the end, where it matters. */
  private static List<double[]> curve(Latency latency) {
    Histogram histogram = latency.histogram();
    if (histogram.getTotalCount() == 0) {
      return List.of();
    }
    return IntStream.rangeClosed(0, CURVE_POINTS)
        .mapToDouble(i -> 100 * (1 - Math.pow(10, -4.0 * i / CURVE_POINTS)))
        .mapToObj(
            percentile ->
                new double[] {percentile, histogram.getValueAtPercentile(percentile) / 1000.0})
        .toList();
  }
}
