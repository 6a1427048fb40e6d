package io.otakey.loadgen.experiment;

import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.live.LiveStatus;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.loadgen.stats.Tally;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One group of devices that stay, logged in to platforms; campaigns take them from there. */
final class LiveCrowd implements Crowd {
  /** More take more sockets than a process may have; they log in and leave. */
  private static final int MOST_SESSIONS = 4000;

  private static final int LOGINS_IN_FLIGHT = 256;
  private static final int PROBES_PER_SECOND = 100;
  private static final long LOOK_MILLIS = 50;

  /** A look at a large fleet takes long, so looks are at least so many times that apart. */
  private static final int REST_AFTER_LOOK = 20;

  private static final List<String> SOURCES =
      List.of("127.0.0.1", "127.0.1.1", "127.0.2.1", "127.0.3.1");

  private final Experiment experiment;
  private final Scene scene;
  private final Group group;
  private final LiveRun run;
  private Phase phase =
      new Phase(
          Phase.Act.ENROLL, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  private Optional<String> where = Optional.empty();
  private long epoch;
  private long began;
  private long deadline;
  private long ended;
  private volatile boolean stopped;
  private LiveStatus seen;
  private long nextLook;

  LiveCrowd(Experiment experiment, Scene scene, String idPrefix)
      throws NodeException, InterruptedException {
    this.experiment = experiment;
    this.scene = scene;
    this.group = experiment.population().get(0);
    this.run = new LiveRun(plan(idPrefix));
    this.seen = run.status();
  }

  private LivePlan plan(String idPrefix) throws NodeException, InterruptedException {
    IdRange ids = new IdRange(idPrefix, 0);
    scene.register(group, ids);
    Stage stage = scene.stage();
    List<Endpoint> gateways =
        stage.nodes().stream()
            .map(node -> Objects.requireNonNull(node.get(Transport.MQTT)))
            .toList();
    Experiment.Generator generator = experiment.generator();
    int processors = Runtime.getRuntime().availableProcessors();
    return new LivePlan(
        LivePlan.onPlainPlatforms(stage.firmware(group.product())),
        ids,
        group.devices(),
        experiment.arrival().rate(group.devices()),
        gateways,
        Optional.empty(),
        group.qos(),
        generator.connections(),
        LOGINS_IN_FLIGHT,
        generator.loops() == 0 ? Math.max(1, processors / 2) : generator.loops(),
        SOURCES,
        group.devices() <= MOST_SESSIONS,
        false,
        PROBES_PER_SECOND,
        GoalCrowd.timing(experiment),
        experiment.seed());
  }

  @Override
  public void begin(Phase next) throws NodeException, InterruptedException {
    phase = next;
    began = System.nanoTime();
    nextLook = began;
    stopped = false;
    Experiment.Arrival arrival = next.arrival().orElse(experiment.arrival());
    double rate = arrival.rate(group.devices());
    double startSeconds = rate == 0 ? 0 : group.devices() / rate;
    deadline = began + (long) (startSeconds * 1e9) + experiment.stop().patience().toNanos();
    int perSecond = rate == 0 ? group.devices() : (int) Math.max(1, Math.round(rate));
    switch (next.act()) {
      case ENROLL -> {
        epoch = 1;
        where = Optional.of(experiment.platforms().get(0));
        run.start();
      }
      case ROTATE -> order(Map.of("goal", "rotate"), perSecond);
      case RE_HOME -> {
        where = next.to();
        int connection = scene.connection(next.to().orElseThrow());
        order(Map.of("goal", "move", "connectionId", connection), perSecond);
      }
      case IDLE -> deadline = began + next.time().orElse(Duration.ZERO).toNanos();
      default -> throw new IllegalStateException(next.act() + " is not for these devices");
    }
  }

  private void order(Map<String, Object> goal, int perSecond)
      throws NodeException, InterruptedException {
    epoch++;
    scene.admin().campaign(group.product(), goal, perSecond, Duration.ofHours(1));
  }

  @Override
  public boolean await(long millis) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!isOver()) {
      if (System.nanoTime() - until >= 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(Math.min(millis, LOOK_MILLIS));
    }
    ended = System.nanoTime();
    return true;
  }

  private boolean isOver() throws InterruptedException {
    boolean late = System.nanoTime() - deadline >= 0;
    return stopped || late || (phase.act() != Phase.Act.IDLE && look().allThere(where, epoch));
  }

  /** How the fleet is, or was a moment ago. */
  private LiveStatus look() throws InterruptedException {
    long now = System.nanoTime();
    if (now - nextLook >= 0) {
      seen = run.status();
      long end = System.nanoTime();
      nextLook = end + REST_AFTER_LOOK * (end - now);
    }
    return seen;
  }

  @Override
  public long done() throws InterruptedException {
    return look().there(where, epoch);
  }

  @Override
  public Glimpse glimpse() throws InterruptedException {
    LiveStatus status = look();
    Glimpse glimpse = new Glimpse();
    long there = status.there(where, epoch);
    glimpse.count(status.places().values().stream().mapToLong(Long::longValue).sum(), there);
    for (LiveCount what :
        List.of(
            LiveCount.ERRORS,
            LiveCount.LOGINS_UNANSWERED,
            LiveCount.LOGINS_REFUSED,
            LiveCount.SESSIONS_LOST,
            LiveCount.OUTAGES)) {
      glimpse.failed(what.name().toLowerCase(java.util.Locale.ROOT), status.count(what));
    }
    return glimpse;
  }

  @Override
  public void stop() {
    stopped = true;
  }

  @Override
  public Outcome outcome() throws InterruptedException {
    double seconds = (ended - began) / 1e9;
    if (phase.act() == Phase.Act.IDLE) {
      return new Outcome(List.of(), seconds);
    }
    Tally tally = new Tally();
    tally.count(group.devices(), run.status().there(where, epoch));
    return new Outcome(List.of(new Part(experiment.title(0), group.devices(), tally)), seconds);
  }

  @Override
  public Ending ending() throws InterruptedException {
    LiveResult result = run.prove(experiment.name(), experiment.stop().patience());
    return new Ending(figures(result), Map.of(), result.proof(), result.faults(), List.of(), "");
  }

  /** What the proof says of the devices: the last thing that is tried is each one's newest key. */
  static Map<Figure, Double> figures(LiveResult result) {
    List<LiveResult.Check> proof = result.proof();
    long proven = proof.isEmpty() ? 0 : proof.get(proof.size() - 1).held();
    long bricked = proof.isEmpty() ? 0 : proof.get(proof.size() - 1).broken();
    long enrolled = result.counts().getOrDefault(LiveCount.ENROLLED, 0L);
    long wrong =
        proof.stream()
            .filter(check -> check.what().endsWith("refused"))
            .mapToLong(LiveResult.Check::broken)
            .sum();
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.ENROLLED, (double) enrolled);
    figures.put(Figure.PROVEN, (double) proven);
    figures.put(Figure.BRICKED, (double) bricked);
    figures.put(Figure.UNPROVEN, (double) Math.max(0, enrolled - proven - bricked));
    figures.put(Figure.OUTAGES, (double) result.counts().getOrDefault(LiveCount.OUTAGES, 0L));
    figures.put(Figure.PROBES, (double) result.counts().getOrDefault(LiveCount.PROBES, 0L));
    figures.put(Figure.OLD_SECRETS_ACCEPTED, (double) wrong);
    return figures;
  }

  @Override
  public void close() {
    run.close();
  }
}
