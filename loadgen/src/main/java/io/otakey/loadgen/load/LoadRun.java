package io.otakey.loadgen.load;

import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.report.Progress;
import io.otakey.loadgen.report.Warnings;
import io.otakey.loadgen.scenario.Schedule;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Result;
import io.otakey.protocol.device.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One run from the first device to the last proof. */
public final class LoadRun {
  private static final long PROGRESS_MILLIS = 250;

  private final Plan plan;
  private final String command;
  private final Progress progress;
  private final Pause pause;
  private final Optional<Watcher> watcher;
  private final List<Result.Phase> phases = new ArrayList<>();
  private List<Step.LogIn> platformLogins = List.of();

  /** Where a run that holds connections waits for whoever started it. */
  public interface Pause {
    /** Comes back when the run may go on. */
    void at(String place);
  }

  /** Who looks on; called by the thread that runs. */
  public interface Watcher {
    /**
     * A phase begins.
     *
     * @param act enroll, rotate or prove
     */
    void begins(String act, int devices);

    /** How the phase is, a few times a second and at its end. */
    void sees(Glimpse glimpse);
  }

  /** Begins nothing yet. */
  public LoadRun(
      Plan plan, String command, Progress progress, Pause pause, Optional<Watcher> watcher) {
    this.pause = pause;
    this.watcher = watcher;
    this.plan = plan;
    this.command = command;
    this.progress = progress;
  }

  /** Runs to the end; what happened is in the result, never an exception. */
  public Result run() throws InterruptedException {
    double cpuBefore = LoadFleet.cpuSeconds();
    LoadFleet fleet = new LoadFleet(plan);
    try (fleet) {
      fleet.warmUp();
      Schedule paced = new Schedule(plan.devices(), plan.rate());
      phase(fleet, "enroll", Goal.ENROLL, paced);
      for (int i = 1; i <= plan.rotations(); i++) {
        phase(fleet, "rotate " + i, Goal.ROTATE, paced);
      }
      switch (plan.proof()) {
        case NONE -> {}
        case SHARED -> phase(fleet, "prove", Goal.PROVE, new Schedule(plan.devices(), 0));
        case OWN_AND_STAY -> {
          pause.at("enrolled");
          phase(fleet, "prove", Goal.PROVE, paced);
          pause.at("idle");
        }
      }
    }
    platformLogins = fleet.platformLogins();
    return result(fleet, LoadFleet.cpuSeconds() - cpuBefore);
  }

  /** Logins of all devices that are on a platform; after the run. */
  public List<Step.LogIn> platformLogins() {
    return platformLogins;
  }

  private void phase(LoadFleet fleet, String name, Goal goal, Schedule schedule)
      throws InterruptedException {
    progress.phase(name, plan.devices());
    watcher.ifPresent(w -> w.begins(goal.name().toLowerCase(Locale.ROOT), plan.devices()));
    Pass pass = fleet.begin(name, goal, schedule);
    while (!pass.await(PROGRESS_MILLIS)) {
      progress.show(fleet.reached());
      look(fleet);
    }
    look(fleet);
    Result.Phase summary = pass.outcome().phase();
    phases.add(summary);
    progress.done(summary.done(), summary.seconds());
  }

  private void look(LoadFleet fleet) throws InterruptedException {
    if (watcher.isPresent()) {
      watcher.get().sees(fleet.glimpse());
    }
  }

  private Result result(LoadFleet fleet, double cpuSeconds) {
    Standing standing = fleet.standing();
    long enrolled = standing.enrolled();
    boolean asked = plan.proof() != Plan.Proof.NONE;
    Result.Generator generator = fleet.generator(cpuSeconds);
    return new Result(
        command,
        fleet.crypto(),
        plan.devices(),
        enrolled,
        plan.devices() - enrolled,
        asked ? (Long) standing.proven() : null,
        asked ? (Long) standing.bricked() : null,
        asked ? (Long) standing.unproven() : null,
        phases,
        fleet.sockets(),
        generator,
        fleet.pushes().summary(),
        Warnings.of(phases, generator));
  }
}
