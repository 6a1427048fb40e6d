package io.otakey.loadgen.experiment;

import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.experiment.Experiment.Product;
import io.otakey.loadgen.experiment.Experiment.Via;
import io.otakey.loadgen.experiment.Phase.Act;
import io.otakey.loadgen.file.Problems;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What is wrong between the parts of an experiment that are right one by one. */
final class ExperimentCheck {
  private static final Set<Act> LIVING = Set.of(Act.ENROLL, Act.ROTATE, Act.IDLE, Act.RE_HOME);

  private final Experiment experiment;
  private final Problems problems;

  ExperimentCheck(Experiment experiment, Problems problems) {
    this.experiment = experiment;
    this.problems = problems;
  }

  void check() {
    products();
    population();
    phases();
    for (int i = 0; i < experiment.faults().size(); i++) {
      fault(experiment.faults().get(i), "faults[" + i + "]");
    }
    if (experiment.gateway().use().isPresent()) {
      running();
    }
    for (int i = 0; i < experiment.assertions().size(); i++) {
      String where = "assert[" + i + "]";
      experiment
          .assertions()
          .get(i)
          .problem(titles(), experiment.vary().isPresent())
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
      if (group.network().isPresent() && !Networks.NAMES.contains(group.network().get())) {
        problems.at(where + ".network", "is none of the presets: " + Networks.NAMES);
      }
      if (experiment.isLiving() && group.transport() != Via.MQTT) {
        problems.at(where + ".transport", "must be mqtt where there are platforms");
      }
    }
    if (experiment.isLiving() && groups.size() > 1) {
      problems.at("population[1]", "is one too many: with platforms there is one group");
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
    if (fault.kind() == Fault.Kind.POWER_CUT) {
      if (phase.isPresent() && phase.get().act() != Act.ENROLL && phase.get().act() != Act.ROTATE) {
        problems.at(where + ".phase", "must enroll or rotate: else no flash is written");
      }
      if (experiment.isLiving()) {
        problems.at(where + ".do", "power-cut is not for devices on platforms");
      }
    }
  }

  private void running() {
    for (int i = 0; i < experiment.faults().size(); i++) {
      Fault.Kind kind = experiment.faults().get(i).kind();
      if (kind != Fault.Kind.POWER_CUT && kind != Fault.Kind.PLATFORM_OUTAGE) {
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
    if (experiment.vary().isPresent()
        && experiment.vary().get().what() == Experiment.Quantity.NODES) {
      problems.at("vary.what", "needs a gateway of the run's own: remove gateway.use");
    }
  }
}
