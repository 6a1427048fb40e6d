package io.otakey.loadgen.experiment;

import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.load.LoadFleet;
import io.otakey.loadgen.load.Pass;
import io.otakey.loadgen.load.Plan;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.report.Warnings;
import io.otakey.loadgen.scenario.Chaos;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.scenario.Schedule;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Tally;
import io.otakey.protocol.device.Timing;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Groups of virtual devices, each group a fleet on every node, all through the same phases. */
final class GoalCrowd implements Crowd {
  private record Member(LoadFleet fleet, int devices) {}

  private final Experiment experiment;
  private final Scene scene;
  private final Networks networks;
  private final List<Member> members = new ArrayList<>();
  private final List<Pass> passes = new ArrayList<>();
  private final List<Result.Phase> phases = new ArrayList<>();
  private final double cpuBefore = LoadFleet.cpuSeconds();
  private String title = "";
  private long idleUntil;
  private boolean recovering;

  /**
   * All devices are made, none is started.
   *
   * @param idPrefix of device ids, so that runs on one gateway do not meet
   */
  GoalCrowd(Experiment experiment, Scene scene, Networks networks, String idPrefix)
      throws NodeException, InterruptedException {
    this.experiment = experiment;
    this.scene = scene;
    this.networks = networks;
    for (int i = 0; i < experiment.population().size(); i++) {
      Group group = experiment.population().get(i);
      IdRange ids = new IdRange(idPrefix + i + "-", 0);
      scene.register(group, ids);
      for (int node = 0; node < scene.nodes(); node++) {
        int from = share(group.devices(), node);
        int devices = share(group.devices(), node + 1) - from;
        if (devices > 0) {
          IdRange own = new IdRange(ids.prefix(), from);
          members.add(new Member(new LoadFleet(plan(group, own, devices, node)), devices));
        }
      }
    }
    members.forEach(member -> member.fleet().warmUp());
  }

  private int share(int devices, int node) {
    return (int) ((long) devices * node / scene.nodes());
  }

  private Plan plan(Group group, IdRange ids, int devices, int node)
      throws NodeException, InterruptedException {
    Experiment.Generator generator = experiment.generator();
    int processors = Runtime.getRuntime().availableProcessors();
    int fleets = experiment.population().size() * scene.nodes();
    int loops = generator.loops() == 0 ? Math.max(1, processors / 2 / fleets) : generator.loops();
    Experiment.Network network = experiment.network();
    return new Plan(
        scene.firmware(group.product()),
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
        new Chaos(network.loss(), network.duplicate(), network.reorder()),
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

  private Map<Transport, Endpoint> endpoints(Group group, int node) {
    Map<Transport, Endpoint> endpoints = new EnumMap<>(scene.endpoints(node));
    group
        .network()
        .ifPresent(name -> endpoints.replaceAll((via, gateway) -> networks.to(gateway, name)));
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
  public void begin(Phase phase) throws NodeException, InterruptedException {
    title = phase.title();
    passes.clear();
    idleUntil = System.nanoTime() + phase.time().map(java.time.Duration::toNanos).orElse(0L);
    if (recovering) {
      scene.closeRecovery(); // until then nobody moves more than one step
      recovering = false;
    }
    if (phase.act() == Phase.Act.RECOVER) {
      scene.loseDatabase();
      recovering = true;
    }
    if (phase.act() == Phase.Act.IDLE) {
      return;
    }
    Experiment.Arrival arrival = phase.arrival().orElse(experiment.arrival());
    double rate = phase.act() == Phase.Act.PROVE ? 0 : arrival.rate(experiment.devices());
    for (Member member : members) {
      double own = rate * member.devices() / experiment.devices();
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
    Tally sum = new Tally();
    double seconds = 0;
    for (Pass pass : passes) {
      Pass.Outcome outcome = pass.outcome();
      sum.add(outcome.tally());
      seconds = Math.max(seconds, outcome.phase().seconds());
    }
    Result.Phase load = sum.summary(title, passes.isEmpty() ? 0 : experiment.devices(), seconds);
    phases.add(load);
    return new Outcome(load, sum.fromStart());
  }

  @Override
  public Ending ending() {
    double cpu = LoadFleet.cpuSeconds() - cpuBefore;
    long enrolled = 0;
    int flashSteps = 0;
    java.util.Set<Integer> cutSteps = new java.util.TreeSet<>();
    double busiest = 0;
    List<String> warnings = new ArrayList<>();
    for (Member member : members) {
      enrolled += member.fleet().enrolled();
      flashSteps = Math.max(flashSteps, member.fleet().flashSteps());
      cutSteps.addAll(member.fleet().cutSteps());
      busiest = Math.max(busiest, member.fleet().generator(cpu).busiestLoop());
    }
    List<Result.Phase> timed = phases.stream().filter(phase -> phase.devices() > 0).toList();
    Result.Generator generator =
        new Result.Generator(Runtime.getRuntime().availableProcessors(), cpu, 0, busiest);
    warnings.addAll(Warnings.of(timed, generator));
    double proven = phases.isEmpty() ? 0 : phases.get(phases.size() - 1).done();
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.ENROLLED, (double) enrolled);
    figures.put(Figure.PROVEN, proven);
    figures.put(Figure.BRICKED, enrolled - proven);
    figures.put(Figure.GENERATOR_BUSY, busiest);
    if (cuts().isPresent()) {
      figures.put(Figure.POWER_CUTS, (double) cutSteps.size());
      figures.put(Figure.FLASH_STEPS, (double) flashSteps);
    }
    return new Ending(figures, List.of(), List.of(), warnings, members.get(0).fleet().crypto());
  }

  @Override
  public void close() {
    members.forEach(member -> member.fleet().close());
  }
}
