package io.otakey.loadgen.experiment;

import io.otakey.loadgen.experiment.Vary.Quantity;
import io.otakey.loadgen.file.Scale;
import io.otakey.loadgen.network.Netem;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.node.Site;
import io.otakey.loadgen.report.LatencyLog;
import io.otakey.loadgen.stats.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs an experiment: once, or once for each value of what it varies. */
public final class Runner {
  private static final long LOOK_MILLIS = 100;

  private final Experiment experiment;
  private final String text;
  private final Scale scale;
  private final Path root;
  private final View view;
  private final Optional<Netem> netem = Netem.here();

  /**
   * Begins nothing yet.
   *
   * @param text its file, for other processes
   * @param root of the built project, for gateways of the run's own
   */
  public Runner(Experiment experiment, String text, Scale scale, Path root, View view) {
    this.experiment = experiment;
    this.text = text;
    this.scale = scale;
    this.root = root;
    this.view = view;
  }

  /**
   * Runs to the end.
   *
   * @param command what was typed, for the report
   * @param latencies file for the log of latencies
   * @throws NodeException if the gateway fails otherwise than it was made to
   * @throws IOException if a file cannot be written
   */
  public Trial run(String command, Path latencies)
      throws NodeException, IOException, InterruptedException {
    Optional<String> missing =
        Casting.missing(experiment, root).or(() -> Machine.tooManyFiles(experiment));
    if (missing.isPresent()) {
      throw new NodeException(missing.get());
    }
    Instant started = Instant.now();
    long begin = System.nanoTime();
    long deadline = begin + experiment.stop().after().toNanos();
    List<PointRun.Outcome> outcomes = new ArrayList<>();
    double load = Machine.loadAverage();
    Path folder = Files.createTempDirectory("otakey-firmware");
    Optional<Shards> shards = shards();
    try (LatencyLog log = new LatencyLog(latencies, started.toEpochMilli())) {
      if (sharesScene()) {
        shared(folder, shards, log, deadline, outcomes);
      } else {
        for (double value : values()) {
          outcomes.add(alone(value, folder, shards, log, deadline));
        }
      }
    } finally {
      shards.ifPresent(Shards::close);
      Site.delete(folder);
    }
    List<Trial.Point> points = outcomes.stream().map(PointRun.Outcome::point).toList();
    List<String> warnings =
        outcomes.stream()
            .flatMap(
                outcome ->
                    outcome.warnings().stream().map(text -> prefix(outcome.point().label()) + text))
            .toList();
    return new Trial(
        experiment.name(),
        experiment.about().strip(),
        scale.key(),
        experiment.seed(),
        command,
        started.truncatedTo(ChronoUnit.SECONDS).toString(),
        (System.nanoTime() - begin) / 1e9,
        Machine.here(root, outcomes.get(0).crypto(), networks(), load),
        experiment.vary().map(vary -> key(vary.what())).orElse(null),
        points,
        Figures.judge(experiment.assertions(), points),
        warnings);
  }

  private @Nullable String networks() throws IOException {
    if (!experiment.hasNetworks()) {
      return null;
    }
    return netem.isPresent() ? netem.get().told() : "a proxy of streams; frames by chance";
  }

  private static String prefix(String label) {
    return label.isEmpty() ? "" : label + ": ";
  }

  /** Values that do not change the gateway share one, which is warm then. */
  private boolean sharesScene() {
    return experiment.vary().isPresent()
        && experiment.vary().get().what() != Quantity.NODES
        && experiment.phases().stream().noneMatch(phase -> phase.act() == Phase.Act.RECOVER);
  }

  private Optional<Shards> shards() throws NodeException {
    Experiment.Generator generator = experiment.generator();
    return generator.processes() == 1
        ? Optional.empty()
        : Optional.of(Shards.open(generator, text, scale.key(), view));
  }

  private void shared(
      Path folder,
      Optional<Shards> shards,
      LatencyLog log,
      long deadline,
      List<PointRun.Outcome> outcomes)
      throws NodeException, IOException, InterruptedException {
    view.says("starting a gateway ...");
    try (Scene scene = Scene.open(experiment, root, Files.createTempDirectory("otakey-run"))) {
      Casting casting = new Casting(scene, root, folder, shards);
      warmUp(experiment, casting);
      for (double value : values()) {
        outcomes.add(point(experiment.at(value), value, scene, casting, log, deadline));
      }
    }
  }

  private PointRun.Outcome alone(
      double value, Path folder, Optional<Shards> shards, LatencyLog log, long deadline)
      throws NodeException, IOException, InterruptedException {
    Experiment one = experiment.vary().isPresent() ? experiment.at(value) : experiment;
    view.says("starting a gateway ...");
    try (Scene scene = Scene.open(one, root, Files.createTempDirectory("otakey-run"))) {
      Casting casting = new Casting(scene, root, folder, shards);
      warmUp(one, casting);
      return point(one, value, scene, casting, log, deadline);
    }
  }

  private void warmUp(Experiment one, Casting casting) throws NodeException, InterruptedException {
    Optional<Experiment> warmUp = one.warmUp();
    if (warmUp.isPresent()) {
      view.says("warming up ...");
      try (Networks networks = new Networks(warmUp.get(), netem);
          Crowd crowd = casting.warmUp(warmUp.get(), networks, ids())) {
        crowd.begin(warmUp.get().phases().get(0));
        while (!crowd.await(LOOK_MILLIS)) {
          // its own patience ends it
        }
      }
    }
  }

  private static String ids() {
    return "x" + Long.toString(System.nanoTime() >>> 20, 36) + "-";
  }

  private PointRun.Outcome point(
      Experiment one, double value, Scene scene, Casting casting, LatencyLog log, long deadline)
      throws NodeException, InterruptedException {
    Optional<Quantity> varied = one.vary().map(Vary::what);
    String label = varied.map(what -> key(what) + " " + text(what, value)).orElse("");
    if (!label.isEmpty()) {
      view.says(label);
    }
    double told = varied.isPresent() ? value : Double.NaN;
    try (Networks networks = new Networks(one, netem);
        Crowd crowd = casting.open(one, told, networks, ids())) {
      String tag = label.isEmpty() ? "" : label.replace(' ', '_') + "/";
      return new PointRun(one, scene, networks, crowd, view, log, tag, deadline)
          .run(varied.isPresent() ? (Double) value : null, label);
    }
  }

  private List<Double> values() {
    return experiment.vary().map(Vary::values).orElse(List.of(0.0));
  }

  private static String key(Quantity what) {
    return what.name().toLowerCase(Locale.ROOT);
  }

  private static String text(Quantity what, double value) {
    return what == Quantity.LOSS
        ? String.format(Locale.ROOT, "%.0f %%", value * 100)
        : String.format(Locale.ROOT, "%,.0f", value);
  }
}
