package io.otakey.loadgen.experiment;

import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.experiment.Experiment.Kind;
import io.otakey.loadgen.experiment.Experiment.Product;
import io.otakey.loadgen.experiment.Experiment.Via;
import io.otakey.loadgen.experiment.Phase.Act;
import io.otakey.loadgen.file.Problems;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** What is wrong between the parts of an experiment that are right one by one. */
final class ExperimentCheck {
  private static final Set<Act> LIVING = Set.of(Act.ENROLL, Act.ROTATE, Act.IDLE, Act.RE_HOME);

  private static final int MOST_CHIPS = 100;

  private final Experiment experiment;
  private final Problems problems;

  ExperimentCheck(Experiment experiment, Problems problems) {
    this.experiment = experiment;
    this.problems = problems;
  }

  void check() {
    products();
    networks();
    population();
    generator();
    phases();
    for (int i = 0; i < experiment.faults().size(); i++) {
      fault(experiment.faults().get(i), "faults[" + i + "]");
    }
    if (experiment.gateway().use().isPresent()) {
      running();
    }
    List<String> groups = experiment.population().size() > 1 ? groups() : List.of();
    for (int i = 0; i < experiment.assertions().size(); i++) {
      String where = "assert[" + i + "]";
      experiment
          .assertions()
          .get(i)
          .problem(titles(), groups, experiment.vary().isPresent())
          .ifPresent(text -> problems.at(where, text));
    }
  }

  private List<String> titles() {
    return experiment.phases().stream().map(Phase::title).toList();
  }

  private void products() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < experiment.products().size(); i++) {
      String id = experiment.products().get(i).id();
      if (!ids.add(id)) {
        problems.at("products[" + i + "].id", "is there twice: give each product its own");
      }
    }
  }

  private void population() {
    List<Group> groups = experiment.population();
    if (groups.isEmpty()) {
      problems.at("population", "must have one group of devices at least");
    }
    for (int i = 0; i < groups.size(); i++) {
      String where = "population[" + i + "]";
      Group group = groups.get(i);
      List<String> ids = experiment.products().stream().map(Product::id).toList();
      if (!ids.contains(group.product())) {
        problems.at(where + ".product", "is none of the products: " + String.join(", ", ids));
      }
      network(group, where);
      if (group.isVirtual()) {
        if (experiment.isLiving() && group.transport() != Via.MQTT) {
          problems.at(where + ".transport", "must be mqtt where there are platforms");
        }
      } else {
        firmware(group, where);
      }
    }
    names();
    if (experiment.isLiving() && groups.size() > 1) {
      problems.at("population[1]", "is one too many: with platforms there is one group");
    }
  }

  private void network(Group group, String where) {
    if (group.network().isEmpty()) {
      return;
    }
    List<String> known = new ArrayList<>(Networks.presets());
    experiment.networks().forEach(network -> known.add(network.name()));
    if (!known.contains(group.network().get())) {
      problems.at(where + ".network", "is none of the presets and networks: " + known);
    }
    if (group.isVirtual() && !group.ownConnections()) {
      problems.at(where + ".network", "is each device's own: remove own-connections: false");
    }
    if (experiment.isLiving()) {
      problems.at(where + ".network", "is not for devices on platforms: remove it");
    }
  }

  private void firmware(Group group, String where) {
    if (experiment.isLiving()) {
      problems.at(where + ".kind", "must be virtual where there are platforms");
    }
    if (group.transport() != Via.MQTT) {
      problems.at(where + ".transport", "must be mqtt: the firmware speaks nothing else");
    }
    if (experiment.vary().isPresent()) {
      problems.at(where + ".kind", "must be virtual where something is varied");
    }
    boolean listed =
        experiment.products().stream()
            .anyMatch(product -> product.id().equals(group.product()) && product.allowList());
    if (listed) {
      problems.at(
          where + ".product", "must be one without allow-list: firmware has ids of its own");
    }
    if (group.kind() == Kind.CHIP && group.devices() > MOST_CHIPS) {
      problems.at(
          where + ".devices", "are too many: a chip is a process, " + MOST_CHIPS + " at most");
    }
  }

  /** Figures are named by phases and groups. */
  private void names() {
    Set<String> taken = new HashSet<>(titles());
    for (int i = 0; i < experiment.population().size(); i++) {
      if (!taken.add(experiment.title(i))) {
        problems.at(
            "population[" + i + "].name", "is a group's or phase's already: give it its own");
      }
    }
  }

  private List<String> groups() {
    return IntStream.range(0, experiment.population().size()).mapToObj(experiment::title).toList();
  }

  private void networks() {
    Set<String> taken = new HashSet<>(Networks.presets());
    for (int i = 0; i < experiment.networks().size(); i++) {
      OwnNetwork network = experiment.networks().get(i);
      if (!taken.add(network.name())) {
        problems.at("networks[" + i + "].name", "is there already: give it its own");
      }
      if (network.like().isPresent() && !Networks.presets().contains(network.like().get())) {
        problems.at("networks[" + i + "].like", "is none of the presets: " + Networks.presets());
      }
    }
  }

  private void generator() {
    Experiment.Generator generator = experiment.generator();
    if (generator.joining() > generator.processes()) {
      problems.at("generator.joining", "is more than generator.processes, of which it is part");
    }
    if (generator.processes() > 1 && experiment.isLiving()) {
      problems.at("generator.processes", "must be 1 where there are platforms");
    }
    boolean baselines = experiment.baselines().isPresent();
    if (baselines && experiment.gateway().use().isPresent()) {
      problems.at("baselines", "need a gateway of the run's own: remove gateway.use");
    }
    if (baselines
        && experiment.products().stream().findFirst().filter(Product::allowList).isPresent()) {
      problems.at("baselines", "need a first product without allow-list");
    }
  }

  private void phases() {
    List<Phase> phases = experiment.phases();
    if (phases.isEmpty() || phases.get(0).act() != Act.ENROLL) {
      problems.at("phases", "must begin with do: enroll");
    }
    Set<String> titles = new HashSet<>();
    for (int i = 0; i < phases.size(); i++) {
      phase(phases.get(i), "phases[" + i + "]");
      if (!titles.add(phases.get(i).title())) {
        problems.at("phases[" + i + "]", "has a name that is there already: give it its own");
      }
      if (i > 0 && phases.get(i).act() == Act.ENROLL) {
        problems.at("phases[" + i + "].do", "enroll comes once, as the first one");
      }
    }
  }

  private void phase(Phase phase, String where) {
    if (experiment.isLiving() && !LIVING.contains(phase.act())) {
      problems.at(where + ".do", "is not for devices on platforms; those " + some(LIVING));
    }
    if (!experiment.isLiving() && phase.act() == Act.RE_HOME) {
      problems.at(where + ".do", "re-home needs platforms: name two at least");
    }
    check(phase.to(), where + ".to");
  }

  private static String some(Set<Act> acts) {
    return String.join(
        ", ",
        acts.stream()
            .map(act -> act.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .sorted()
            .toList());
  }

  private void check(Optional<String> platform, String where) {
    if (platform.isPresent() && !experiment.platforms().contains(platform.get())) {
      problems.at(where, "is none of the platforms: " + String.join(", ", experiment.platforms()));
    }
  }

  private void fault(Fault fault, String where) {
    Optional<Phase> phase =
        experiment.phases().stream().filter(each -> each.title().equals(fault.phase())).findFirst();
    if (phase.isEmpty()) {
      problems.at(where + ".phase", "is none of the phases: " + String.join(", ", titles()));
    }
    check(fault.platform(), where + ".platform");
    network(fault, where);
    if (fault.kind() == Fault.Kind.POWER_CUT) {
      if (phase.isPresent() && phase.get().act() != Act.ENROLL && phase.get().act() != Act.ROTATE) {
        problems.at(where + ".phase", "must enroll or rotate: else no flash is written");
      }
      if (experiment.isLiving()) {
        problems.at(where + ".do", "power-cut is not for devices on platforms");
      }
    } else if (!experiment.isLiving() && experiment.virtualDevices() == 0) {
      problems.at(
          where + ".at", "is a share of virtual devices, and there are none: add a group of them");
    }
  }

  private void network(Fault fault, String where) {
    List<String> used =
        experiment.population().stream().flatMap(group -> group.network().stream()).toList();
    if (fault.network().isPresent() && !used.contains(fault.network().get())) {
      problems.at(where + ".network", "is none that groups are on: " + String.join(", ", used));
    }
    if (fault.kind().isOfNetwork() && experiment.generator().processes() > 1) {
      problems.at(where + ".do", "is for one process: remove generator.processes");
    }
  }

  private void running() {
    for (int i = 0; i < experiment.faults().size(); i++) {
      Fault.Kind kind = experiment.faults().get(i).kind();
      if (kind != Fault.Kind.POWER_CUT
          && kind != Fault.Kind.PLATFORM_OUTAGE
          && !kind.isOfNetwork()) {
        problems.at("faults[" + i + "].do", "needs a gateway of the run's own: remove gateway.use");
      }
    }
    for (int i = 0; i < experiment.phases().size(); i++) {
      if (experiment.phases().get(i).act() == Act.RECOVER) {
        problems.at("phases[" + i + "].do", "needs a gateway of the run's own: remove gateway.use");
      }
    }
    if (experiment.isLiving()) {
      problems.at("gateway.use", "cannot be with platforms, which are wired to the run's own");
    }
    if (experiment.vary().isPresent() && experiment.vary().get().what() == Vary.Quantity.NODES) {
      problems.at("vary.what", "needs a gateway of the run's own: remove gateway.use");
    }
  }
}
