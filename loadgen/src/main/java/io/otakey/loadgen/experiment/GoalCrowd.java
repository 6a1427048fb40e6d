package io.otakey.loadgen.experiment;

import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.load.LoadFleet;
import io.otakey.loadgen.load.Pass;
import io.otakey.loadgen.load.Plan;
import io.otakey.loadgen.load.Standing;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.report.Warnings;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.scenario.Schedule;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Tally;
import io.otakey.protocol.device.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Groups of virtual devices of this process, each group a fleet on every node, all through the same
 * phases.
 */
final class GoalCrowd implements Crowd {
  /** Of fewer the heap says nothing. */
  private static final int ENOUGH_TO_WEIGH = 10_000;

  private static final List<Figure> STANDING =
      List.of(Figure.ENROLLED, Figure.PROVEN, Figure.BRICKED, Figure.UNPROVEN);

  private record Member(String group, LoadFleet fleet, int devices) {}

  private final Experiment experiment;
  private final Stage stage;
  private final Networks networks;
  private final List<Member> members = new ArrayList<>();
  private final List<Pass> passes = new ArrayList<>();
  private final List<Result.Phase> phases = new ArrayList<>();
  private final Map<String, Map<Figure, Double>> groups = new LinkedHashMap<>();
  private final double cpuBefore = LoadFleet.cpuSeconds();
  private final long heapBefore;
  private String title = "";
  private long idleUntil;

  /**
   * All devices are made, none is started.
   *
   * @param idPrefix of device ids, so that runs on one gateway do not meet
   */
  GoalCrowd(Experiment experiment, Stage stage, Networks networks, String idPrefix)
      throws NodeException, InterruptedException {
    this.experiment = experiment;
    this.stage = stage;
    this.networks = networks;
    this.heapBefore = experiment.virtualDevices() < ENOUGH_TO_WEIGH ? 0 : heap();
    for (int i = 0; i < experiment.population().size(); i++) {
      Group group = experiment.population().get(i);
      int nodes = stage.nodes().size();
      for (int node = 0; group.isVirtual() && node < nodes; node++) {
        int from = share(group.devices(), node);
        int devices = share(group.devices(), node + 1) - from;
        if (devices > 0) {
          IdRange own = new IdRange(ids(idPrefix, i).prefix(), from);
          LoadFleet fleet = new LoadFleet(plan(group, own, devices, node));
          members.add(new Member(experiment.title(i), fleet, devices));
        }
      }
    }
    members.forEach(member -> member.fleet().warmUp());
  }

  /** Ids of a group's devices. */
  static IdRange ids(String idPrefix, int group) {
    return new IdRange(idPrefix + group + "-", 0);
  }

  private int share(int devices, int node) {
    return (int) ((long) devices * node / stage.nodes().size());
  }

  private Plan plan(Group group, IdRange ids, int devices, int node)
      throws NodeException, InterruptedException {
    Experiment.Generator generator = experiment.generator();
    int processors = Runtime.getRuntime().availableProcessors();
    long groups = experiment.population().stream().filter(Group::isVirtual).count();
    int fleets = (int) groups * stage.nodes().size();
    int loops = generator.loops() == 0 ? Math.max(1, processors / 2 / fleets) : generator.loops();
    return new Plan(
        stage.firmware(group.product()),
        ids,
        devices,
        0,
        0,
        0,
        endpoints(group, node),
        Optional.empty(),
        switch (group.transport()) {
          case MQTT -> List.of(Transport.MQTT);
          case HTTP -> List.of(Transport.HTTP);
          case MIX -> List.of(Transport.MQTT, Transport.HTTP);
        },
        group.ownConnections(),
        generator.connections(),
        Math.max(1, generator.inFlight() / fleets),
        loops,
        generator.sources(),
        group.qos(),
        networks.chaos(group),
        timing(experiment),
        experiment.seed(),
        Plan.Proof.SHARED,
        experiment.stop().patience(),
        cuts());
  }

  static Timing timing(Experiment experiment) {
    Experiment.Waits waits = experiment.waits();
    return new Timing(waits.scale(), waits.answer().toMillis(), waits.poll().toMillis());
  }

  private Map<Transport, Endpoint> endpoints(Group group, int node)
      throws NodeException, InterruptedException {
    Map<Transport, Endpoint> endpoints = new EnumMap<>(Transport.class);
    for (Map.Entry<Transport, Endpoint> way : stage.nodes().get(node).entrySet()) {
      endpoints.put(way.getKey(), networks.to(way.getValue(), group));
    }
    return endpoints;
  }

  private Optional<Plan.PowerCuts> cuts() {
    return experiment.faults().stream()
        .filter(fault -> fault.kind() == Fault.Kind.POWER_CUT)
        .findFirst()
        .map(fault -> new Plan.PowerCuts(goal(act(fault.phase())), fault.steps()));
  }

  private Phase.Act act(String phase) {
    return experiment.phases().stream()
        .filter(each -> each.title().equals(phase))
        .findFirst()
        .orElseThrow()
        .act();
  }

  private static Goal goal(Phase.Act act) {
    return switch (act) {
      case ENROLL -> Goal.ENROLL;
      case ROTATE, RECOVER -> Goal.ROTATE;
      case POWER_UP -> Goal.RETURN;
      case CHURN, PROVE, IDLE, RE_HOME -> Goal.PROVE;
    };
  }

  @Override
  public void begin(Phase phase) {
    title = phase.title();
    passes.clear();
    idleUntil = System.nanoTime() + phase.time().map(Duration::toNanos).orElse(0L);
    if (phase.act() == Phase.Act.IDLE) {
      return;
    }
    Experiment.Arrival arrival = phase.arrival().orElse(experiment.arrival());
    int all = experiment.virtualDevices();
    double rate = phase.act() == Phase.Act.PROVE ? 0 : arrival.rate(all);
    for (Member member : members) {
      double own = rate * member.devices() / all;
      Schedule schedule = new Schedule(member.devices(), own, shape(arrival.shape()));
      passes.add(member.fleet().begin(title, goal(phase.act()), schedule));
    }
  }

  private static Schedule.Shape shape(Experiment.Shape shape) {
    return switch (shape) {
      case CONSTANT, BURST -> Schedule.Shape.CONSTANT;
      case RAMP -> Schedule.Shape.RAMP;
      case DIURNAL -> Schedule.Shape.DIURNAL;
    };
  }

  @Override
  public boolean await(long millis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (Pass pass : passes) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (!pass.await(Math.max(1, left))) {
        return false;
      }
    }
    long idle = TimeUnit.NANOSECONDS.toMillis(idleUntil - System.nanoTime());
    TimeUnit.MILLISECONDS.sleep(Math.max(0, Math.min(idle, millis)));
    return idle <= millis;
  }

  @Override
  public long done() {
    return members.stream().mapToLong(member -> member.fleet().reached()).sum();
  }

  @Override
  public Glimpse glimpse() throws InterruptedException {
    Glimpse sum = new Glimpse();
    for (Member member : passes.isEmpty() ? List.<Member>of() : members) {
      sum.add(member.fleet().glimpse());
    }
    return sum;
  }

  @Override
  public void stop() {
    idleUntil = System.nanoTime();
    members.forEach(member -> member.fleet().stop());
  }

  @Override
  public Outcome outcome() {
    List<Part> parts = new ArrayList<>();
    double seconds = 0;
    for (int i = 0; i < passes.size(); i++) {
      Pass.Outcome outcome = passes.get(i).outcome();
      Member member = members.get(i);
      parts.add(new Part(member.group(), member.devices(), outcome.tally()));
      seconds = Math.max(seconds, outcome.phase().seconds());
      note(member.group(), outcome.tally());
    }
    Outcome outcome = new Outcome(parts, seconds);
    phases.add(outcome.load(title));
    return outcome;
  }

  private void note(String group, Tally tally) {
    add(group, Figure.FRAMES_OUT, tally.framesOut());
    add(group, Figure.FRAMES_IN, tally.framesIn());
  }

  private void add(String group, Figure figure, long value) {
    groups
        .computeIfAbsent(group, name -> new EnumMap<>(Figure.class))
        .merge(figure, (double) value, Double::sum);
  }

  @Override
  public Ending ending() {
    double cpu = LoadFleet.cpuSeconds() - cpuBefore;
    int flashSteps = 0;
    Set<Integer> cutSteps = new TreeSet<>();
    double busiest = 0;
    for (Member member : members) {
      LoadFleet fleet = member.fleet();
      Standing standing = fleet.standing();
      add(member.group(), Figure.ENROLLED, standing.enrolled());
      add(member.group(), Figure.PROVEN, standing.proven());
      add(member.group(), Figure.BRICKED, standing.bricked());
      add(member.group(), Figure.UNPROVEN, standing.unproven());
      add(member.group(), Figure.SOCKET_OUT, fleet.sockets().bytesOut());
      add(member.group(), Figure.SOCKET_IN, fleet.sockets().bytesIn());
      flashSteps = Math.max(flashSteps, fleet.flashSteps());
      cutSteps.addAll(fleet.cutSteps());
      busiest = Math.max(busiest, fleet.generator(cpu).busiestLoop());
    }
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    for (Map<Figure, Double> own : groups.values()) {
      for (Figure figure : STANDING) {
        figures.merge(figure, own.getOrDefault(figure, 0.0), Double::sum);
      }
    }
    figures.put(Figure.GENERATOR_BUSY, busiest);
    if (heapBefore > 0) {
      double grown = Math.max(0, heap() - heapBefore);
      figures.put(Figure.DEVICE_MEMORY, grown / experiment.virtualDevices());
    }
    if (cuts().isPresent()) {
      figures.put(Figure.POWER_CUTS, (double) cutSteps.size());
      figures.put(Figure.FLASH_STEPS, (double) flashSteps);
    }
    String crypto = members.isEmpty() ? "" : members.get(0).fleet().crypto();
    return new Ending(figures, groups, List.of(), List.of(), warnings(cpu, busiest), crypto);
  }

  private List<String> warnings(double cpu, double busiest) {
    List<Result.Phase> timed = phases.stream().filter(phase -> phase.devices() > 0).toList();
    int processors = Runtime.getRuntime().availableProcessors();
    return Warnings.of(timed, new Result.Generator(processors, cpu, 0, busiest));
  }

  /** Bytes that are in use once everything that can go is gone. */
  private static long heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Override
  public void close() {
    members.forEach(member -> member.fleet().close());
  }
}
