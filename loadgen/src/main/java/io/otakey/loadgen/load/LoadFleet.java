package io.otakey.loadgen.load;

import com.sun.management.OperatingSystemMXBean;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Traffic;
import io.otakey.loadgen.scenario.Schedule;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Pushes;
import io.otakey.loadgen.stats.Result;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Step;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Devices on their event loops, from the first start to the last; not to be used on those. One
 * thread at a time; passes follow each other.
 */
public final class LoadFleet implements AutoCloseable {
  private static final double NANOS = 1e9;

  private final Plan plan;
  private final X25519 x25519 = X25519.choose().x25519();
  private final MultiThreadIoEventLoopGroup group;
  private final List<Lane> lanes = new ArrayList<>();
  private final List<EventLoop> loops = new ArrayList<>();
  private final List<Long> threads = new ArrayList<>();
  private double busiestLoop;

  /** Opens the event loops; no device is there yet. */
  public LoadFleet(Plan plan) throws InterruptedException {
    this.plan = plan;
    this.group = Loops.open("lane", plan.loops());
    long origin = System.nanoTime();
    for (int i = 0; i < plan.loops(); i++) {
      EventLoop loop = group.next();
      threads.add(get(loop.submit(() -> Thread.currentThread().getId())));
      Environment environment =
          new Environment(x25519, new SplittableRandom(plan.seed() + i), plan.timing());
      loops.add(loop);
      lanes.add(new Lane(plan, loop, i, origin, environment));
    }
  }

  /** Lets the compiler see the hot path before any clock runs. */
  public void warmUp() {
    lanes.stream().map(Lane::warmUp).toList().forEach(CompletableFuture::join);
  }

  /** Begins to take every device to a goal. */
  public Pass begin(String name, Goal goal, Schedule schedule) {
    long[] cpuBefore = loopCpu();
    long begin = System.nanoTime();
    return new Pass(
        name,
        plan.devices(),
        begin,
        lanes.stream().map(lane -> lane.run(goal, schedule, begin)).toList(),
        seconds -> {
          if (goal != Goal.PROVE) {
            noteBusiest(cpuBefore, seconds);
          }
        });
  }

  /** How many devices are where the present pass takes them. */
  public long reached() {
    return lanes.stream().mapToLong(Lane::reached).sum();
  }

  /** How the present pass is; the next one shows what is recent from here on. */
  public Glimpse glimpse() throws InterruptedException {
    List<Future<Glimpse>> asked = new ArrayList<>();
    for (int i = 0; i < lanes.size(); i++) {
      asked.add(loops.get(i).submit(lanes.get(i)::glimpse));
    }
    Glimpse sum = new Glimpse();
    for (Future<Glimpse> answer : asked) {
      sum.add(get(answer));
    }
    return sum;
  }

  /** Ends the present pass; who is not there yet has failed. */
  public void stop() {
    lanes.forEach(Lane::stop);
  }

  /** How devices stand; between passes, and but for who is enrolled, after one that asked. */
  public Standing standing() {
    return lanes.stream().map(Lane::standing).reduce(Standing.NONE, Standing::plus);
  }

  /** Logins of all devices that are on a platform; between passes. */
  public List<Step.LogIn> platformLogins() {
    return lanes.stream().flatMap(lane -> lane.platformLogins().stream()).toList();
  }

  /** Operations on flash, from 1, at which power was cut; between passes. */
  public Set<Integer> cutSteps() {
    Set<Integer> steps = new TreeSet<>();
    lanes.forEach(lane -> steps.addAll(lane.cutSteps()));
    return steps;
  }

  /** The most operations on flash that a device took where power was cut of others. */
  public int flashSteps() {
    return lanes.stream().mapToInt(Lane::flashSteps).max().orElse(0);
  }

  /** NOTICEs that came unasked; between passes. */
  public Pushes pushes() {
    Pushes pushes = new Pushes();
    lanes.forEach(lane -> pushes.add(lane.pushes()));
    return pushes;
  }

  /** What went over the sockets. */
  public Result.Sockets sockets() {
    Traffic sum = new Traffic();
    lanes.stream().map(Lane::traffic).forEach(sum::add);
    return new Result.Sockets(
        sum.connections,
        sum.connectFailures,
        sum.connectionsLost,
        sum.strangeAnswers,
        sum.bytesOut,
        sum.bytesIn);
  }

  /** Provider of X25519. */
  public String crypto() {
    return x25519.provider();
  }

  /** What all this took of the machine, given the CPU time of this process. */
  public Result.Generator generator(double cpuSeconds) {
    return new Result.Generator(
        Runtime.getRuntime().availableProcessors(),
        cpuSeconds,
        cpuSeconds * 1e6 / Math.max(1, plan.devices()),
        busiestLoop);
  }

  /** CPU time of this process so far, in seconds. */
  public static double cpuSeconds() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        / NANOS;
  }

  @Override
  public void close() {
    lanes.forEach(Lane::close);
    Loops.end(group);
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

  private static <T> T get(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a lane failed", e);
    }
  }
}
