package io.otakey.loadgen.live;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.stats.Latency;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Environment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A fleet that lives, from switching it on to the proof. Not to be used on its own event loops; one
 * thread at a time.
 */
public final class LiveRun implements AutoCloseable {
  private static final double NANOS = 1e9;
  private static final long LOOK_MILLIS = 50;

  private final LivePlan plan;
  private final Tally tally = new Tally();
  private final Platforms platforms = new Platforms();
  private final MultiThreadIoEventLoopGroup group;
  private final List<LiveLane> lanes = new ArrayList<>();
  private final long origin = System.nanoTime();

  /** Everything is ready; no device is switched on yet. */
  public LiveRun(LivePlan plan) {
    this.plan = plan;
    this.group = Loops.open("lane", plan.loops());
    X25519 x25519 = X25519.choose().x25519();
    for (int i = 0; i < plan.loops(); i++) {
      Environment environment =
          new Environment(x25519, new SplittableRandom(plan.seed() + i), plan.timing());
      lanes.add(new LiveLane(plan, group.next(), i, origin, environment, tally, platforms));
    }
  }

  /** Begins to switch devices on. */
  public void start() {
    lanes.forEach(LiveLane::start);
  }

  /** How the fleet is at this moment. */
  public LiveStatus status() throws InterruptedException {
    Map<Place, Long> places = new TreeMap<>();
    long settled = 0;
    for (LiveStatus.OfLane lane : onLanes(LiveStatus::of)) {
      lane.places().forEach((place, count) -> places.merge(place, count, Long::sum));
      settled += lane.settled();
    }
    double seconds = (System.nanoTime() - origin) / NANOS;
    return new LiveStatus(plan.devices(), seconds, places, settled, tally.all());
  }

  /**
   * Ends the life of the fleet and tries every credential that it ever held.
   *
   * @param command the options of the run, for the result
   * @param patience how long updates that are under way may take to end
   */
  public LiveResult prove(String command, Duration patience) throws InterruptedException {
    LiveStatus end = rest(patience);
    Map<Proof.Kind, Proof.Score> scores = new EnumMap<>(Proof.Kind.class);
    List<CompletableFuture<Map<Proof.Kind, Proof.Score>>> running =
        onLanes(lane -> new Proof(lane, platforms.all()).run());
    for (var proof : running) {
      get(proof)
          .forEach(
              (kind, score) -> scores.computeIfAbsent(kind, k -> new Proof.Score()).add(score));
    }
    List<LiveResult.Check> checks = new ArrayList<>();
    scores.forEach((kind, score) -> checks.add(Proof.summary(kind, score)));
    double seconds = (System.nanoTime() - origin) / NANOS;
    return new LiveResult(
        command, plan.devices(), seconds, names(end.places()), tally.all(), checks, tally.faults());
  }

  private LiveStatus rest(Duration patience) throws InterruptedException {
    tellLanes(LiveLane::rest);
    long deadline = System.nanoTime() + patience.toNanos();
    long awake = sum(onLanes(LiveLane::awake));
    while (awake > 0 && System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      awake = sum(onLanes(LiveLane::awake));
    }
    if (awake > 0) {
      tally.fault(awake + " devices were in the middle of an update at the end");
    }
    LiveStatus end = status();
    tellLanes(LiveLane::end);
    return end;
  }

  private static long sum(List<Long> counts) {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /** Something that was awaited did not come; the result tells. */
  public void fault(String what) {
    tally.fault(what);
  }

  /** A count so far. */
  public long count(LiveCount what) {
    return tally.of(what);
  }

  /** How long the gateway took for answers since the last question; for one thread. */
  public Latency recentAnswers() {
    return tally.recentAnswers();
  }

  @Override
  public void close() {
    for (LiveLane lane : lanes) {
      lane.loop().execute(lane::end);
      lane.loop().execute(lane::close);
    }
    Loops.end(group);
  }

  private static Map<String, Long> names(Map<Place, Long> places) {
    Map<String, Long> names = new LinkedHashMap<>();
    places.forEach((place, count) -> names.merge(place.toString(), count, Long::sum));
    return names;
  }

  /** The answer of each lane, found on its loop. */
  private <T> List<T> onLanes(Function<LiveLane, T> question) throws InterruptedException {
    List<Future<T>> asked = new ArrayList<>();
    for (LiveLane lane : lanes) {
      asked.add(lane.loop().submit(() -> question.apply(lane)));
    }
    List<T> answers = new ArrayList<>();
    for (Future<T> answer : asked) {
      answers.add(get(answer));
    }
    return answers;
  }

  private void tellLanes(Consumer<LiveLane> order) throws InterruptedException {
    List<Future<?>> told = new ArrayList<>();
    for (LiveLane lane : lanes) {
      told.add(lane.loop().submit(() -> order.accept(lane)));
    }
    for (Future<?> done : told) {
      var unused = get(done);
    }
  }

  private static <T> T get(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a lane failed", e);
    }
  }
}
