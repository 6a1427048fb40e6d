package io.otakey.loadgen;

import com.sun.management.OperatingSystemMXBean;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Traffic;
import io.otakey.loadgen.report.Progress;
import io.otakey.loadgen.report.Warnings;
import io.otakey.loadgen.scenario.Schedule;
import io.otakey.loadgen.stats.Pushes;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Tally;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Step;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One run from the first device to the last proof. */
final class LoadRun {
  private static final long PROGRESS_MILLIS = 250;
  private static final double NANOS = 1e9;

  private final Plan plan;
  private final String command;
  private final Progress progress;
  private final Pause pause;
  private final X25519 x25519 = X25519.choose().x25519();
  private final List<Lane> lanes = new ArrayList<>();
  private final List<Result.Phase> phases = new ArrayList<>();
  private final List<Long> threads = new ArrayList<>();
  private double busiestLoop;

  /** Where a run that holds connections waits for whoever started it. */
  interface Pause {
    void at(String place);
  }

  LoadRun(Plan plan, String command, Progress progress, Pause pause) {
    this.pause = pause;
    this.plan = plan;
    this.command = command;
    this.progress = progress;
  }

  /** Runs to the end; what happened is in the result, never an exception. */
  Result run() throws InterruptedException {
    long cpuBefore = processCpu();
    MultiThreadIoEventLoopGroup group = Loops.open("lane", plan.loops());
    try {
      long origin = System.nanoTime();
      for (int i = 0; i < plan.loops(); i++) {
        lanes.add(lane(group.next(), i, origin));
      }
      lanes.stream().map(Lane::warmUp).toList().forEach(CompletableFuture::join);
      Schedule paced = new Schedule(plan.devices(), plan.rate());
      phase("enroll", Goal.ENROLL, paced);
      for (int i = 1; i <= plan.rotations(); i++) {
        phase("rotate " + i, Goal.ROTATE, paced);
      }
      switch (plan.proof()) {
        case NONE -> {}
        case SHARED -> phase("prove", Goal.PROVE, new Schedule(plan.devices(), 0));
        case OWN_AND_STAY -> {
          pause.at("enrolled");
          phase("prove", Goal.PROVE, paced);
          pause.at("idle");
        }
      }
      lanes.forEach(Lane::close);
    } finally {
      var unused = group.shutdownGracefully(0, 5, TimeUnit.SECONDS).await();
    }
    return result((processCpu() - cpuBefore) / NANOS);
  }

  /** Logins of all devices that are on a platform; after the run. */
  List<Step.LogIn> platformLogins() {
    return lanes.stream().flatMap(lane -> lane.platformLogins().stream()).toList();
  }

  private Lane lane(EventLoop loop, int number, long origin) throws InterruptedException {
    try {
      threads.add(loop.submit(() -> Thread.currentThread().getId()).get());
    } catch (ExecutionException e) {
      throw new IllegalStateException("an event loop does not run", e);
    }
    Environment environment =
        new Environment(x25519, new SplittableRandom(plan.seed() + number), plan.timing());
    return new Lane(plan, loop, number, origin, environment);
  }

  private void phase(String name, Goal goal, Schedule schedule) throws InterruptedException {
    progress.phase(name, plan.devices());
    long[] cpuBefore = loopCpu();
    long begin = System.nanoTime();
    long deadline = begin + schedule.dueAfter(plan.devices()) + plan.timeout().toNanos();
    List<CompletableFuture<Tally>> running =
        lanes.stream().map(lane -> lane.run(goal, schedule, begin, deadline)).toList();
    CompletableFuture<Void> all =
        CompletableFuture.allOf(running.toArray(new CompletableFuture<?>[0]));
    while (true) {
      try {
        all.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
        break;
      } catch (TimeoutException e) {
        progress.show(lanes.stream().mapToLong(Lane::reached).sum());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a lane failed", e);
      }
    }
    double seconds = (System.nanoTime() - begin) / NANOS;
    Tally sum = new Tally();
    running.forEach(future -> sum.add(future.join()));
    Result.Phase summary = sum.summary(name, plan.devices(), seconds);
    phases.add(summary);
    progress.done(summary.done(), seconds);
    if (goal != Goal.PROVE) {
      noteBusiest(cpuBefore, seconds);
    }
  }

  private Result result(double cpuSeconds) {
    long enrolled = lanes.stream().mapToLong(Lane::enrolled).sum();
    Long proven =
        plan.proof() == Plan.Proof.NONE ? null : (Long) phases.get(phases.size() - 1).done();
    Pushes pushes = new Pushes();
    lanes.forEach(lane -> pushes.add(lane.pushes()));
    Traffic sum = new Traffic();
    lanes.stream().map(Lane::traffic).forEach(sum::add);
    Result.Generator generator =
        new Result.Generator(
            Runtime.getRuntime().availableProcessors(),
            cpuSeconds,
            cpuSeconds * 1e6 / Math.max(1, plan.devices()),
            busiestLoop);
    return new Result(
        command,
        x25519.provider(),
        plan.devices(),
        enrolled,
        plan.devices() - enrolled,
        proven,
        proven == null ? null : (Long) (enrolled - proven),
        phases,
        new Result.Sockets(
            sum.connections,
            sum.connectFailures,
            sum.connectionsLost,
            sum.strangeAnswers,
            sum.bytesOut,
            sum.bytesIn),
        generator,
        pushes.summary(),
        Warnings.of(phases, generator));
  }

  private void noteBusiest(long[] before, double seconds) {
    long[] after = loopCpu();
    for (int i = 0; i < after.length && seconds > 0; i++) {
      busiestLoop = Math.max(busiestLoop, (after[i] - before[i]) / NANOS / seconds);
    }
  }

  private long[] loopCpu() {
    var beans = ManagementFactory.getThreadMXBean();
    return threads.stream().mapToLong(beans::getThreadCpuTime).toArray();
  }

  private static long processCpu() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }
}
