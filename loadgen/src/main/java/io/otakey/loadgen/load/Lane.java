package io.otakey.loadgen.load;

import io.netty.channel.EventLoop;
import io.otakey.loadgen.device.CutFlash;
import io.otakey.loadgen.device.VirtualDevice;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.link.Connector;
import io.otakey.loadgen.link.Receiver.Sent;
import io.otakey.loadgen.link.Traffic;
import io.otakey.loadgen.scenario.Schedule;
import io.otakey.loadgen.stats.FrameTally;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Pushes;
import io.otakey.loadgen.stats.Tally;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.RequestType;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One event loop and every nth device: all of its state is used on that loop only, so there is
 * nothing to lock. Starts devices by the clock, lets them wait, and tells what happened.
 */
final class Lane {
  private static final int STARTS_PER_TURN = 32;
  private static final int TURN_MILLIS = 1;
  private static final int WARM_UP_DEVICES = 2000;

  private final Plan plan;
  private final EventLoop loop;
  private final int number;
  private final long origin;
  private final Environment environment;
  private final Connector connector;
  private final Carrier carrier;
  private final Passenger[] passengers;
  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
  private final AtomicInteger reached = new AtomicInteger();

  private Tally tally = new Tally();
  private Goal goal = Goal.ENROLL;
  private Schedule schedule = new Schedule(0, 0);
  private CompletableFuture<Tally> finished = new CompletableFuture<>();
  private long begin;
  private long lastStart;
  private boolean stopped;
  private int next;
  private int inFlight;
  private boolean held;
  private final Set<Integer> cutSteps = new TreeSet<>();
  private int flashSteps;
  private int bricked;

  private record Alarm(long at, Passenger passenger) implements Comparable<Alarm> {
    @Override
    public int compareTo(Alarm other) {
      return Long.compare(at, other.at);
    }
  }

  Lane(Plan plan, EventLoop loop, int number, long origin, Environment environment) {
    this.plan = plan;
    this.loop = loop;
    this.number = number;
    this.origin = origin;
    this.environment = environment;
    this.connector = new Connector(loop, plan.endpoints(), plan.tls(), plan.sources(), plan.qos());
    this.carrier = new Carrier(plan, loop, number, connector, environment.random());
    int mine = (plan.devices() - number + plan.loops() - 1) / plan.loops();
    this.passengers = new Passenger[mine];
  }

  /** How many devices reached the present goal; for any thread. */
  int reached() {
    return reached.get();
  }

  /** Which of the NOTICEs that were pushed are obeyed; once nothing runs any more. */
  Pushes pushes() {
    Pushes pushes = new Pushes();
    for (Passenger passenger : passengers) {
      byte[] notice = passenger == null ? null : passenger.notice();
      if (notice != null && passenger.device().obeys(millis(), notice)) {
        pushes.add(passenger.noticeAt());
      }
    }
    return pushes;
  }

  /** How the present phase is; on the event loop. */
  Glimpse glimpse() {
    return tally.glimpse();
  }

  /** Operations on flash at which power was cut; once nothing runs any more. */
  Set<Integer> cutSteps() {
    return cutSteps;
  }

  /** The most operations on flash that a device took to the goal, its power not cut. */
  int flashSteps() {
    return flashSteps;
  }

  /** Ends the phase now. */
  void stop() {
    loop.execute(() -> stopped = true);
  }

  Traffic traffic() {
    return connector.traffic();
  }

  /** How devices stand after a pass that asked; once nothing runs any more. */
  Standing standing() {
    int enrolled = 0;
    int known = 0;
    for (Passenger passenger : passengers) {
      enrolled += passenger != null && passenger.device().isEnrolled() ? 1 : 0;
      known += passenger != null && passenger.device().isKnown() ? 1 : 0;
    }
    return new Standing(enrolled, reached.get(), bricked, known - reached.get() - bricked);
  }

  /** Logins of all devices that are on a platform; once nothing runs any more. */
  List<Step.LogIn> platformLogins() {
    return Arrays.stream(passengers)
        .filter(Objects::nonNull)
        .flatMap(passenger -> passenger.device().platformLogin().stream())
        .toList();
  }

  /**
   * Takes every device to a goal.
   *
   * @param pace of all lanes together; this one takes its share
   * @param beginNanos when the first device of all lanes starts
   */
  CompletableFuture<Tally> run(Goal next, Schedule pace, long beginNanos) {
    CompletableFuture<Tally> future = new CompletableFuture<>();
    loop.execute(
        () -> {
          tally = new Tally();
          goal = next;
          schedule = pace;
          begin = beginNanos;
          lastStart = beginNanos + pace.dueAfter(plan.devices());
          stopped = false;
          finished = future;
          this.next = 0;
          inFlight = 0;
          held = false;
          bricked = 0;
          reached.set(0);
          alarms.clear();
          carrier.phase(next == Goal.PROVE);
          turn();
        });
    return future;
  }

  /** Lets the compiler see the hot path before the clock runs: handshakes that go nowhere. */
  CompletableFuture<Void> warmUp() {
    return CompletableFuture.runAsync(
        () -> {
          for (int i = 0; i < WARM_UP_DEVICES; i++) {
            board(-1 - i).device().begin(Goal.ENROLL, 0);
            environment.x25519().generate().agree(plan.firmware().gatewayKeys().get(0).publicKey());
          }
        },
        loop);
  }

  void close() {
    loop.execute(carrier::close);
  }

  private void turn() {
    long now = System.nanoTime();
    boolean more = startDue(now);
    ring(millis());
    boolean late = now - lastStart >= plan.timeout().toNanos();
    if ((next == passengers.length && inFlight == 0) || late || stopped) {
      end();
    } else if (more) {
      loop.execute(this::turn);
    } else {
      var unused = loop.schedule(this::turn, TURN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Starts what is due, a few at a time so that answers are not kept waiting. */
  private boolean startDue(long now) {
    int room = plan.inFlight() / plan.loops() + 1;
    for (int i = 0; i < STARTS_PER_TURN; i++) {
      if (next == passengers.length) {
        return false;
      }
      long due = begin + schedule.dueAfter(number + next * plan.loops());
      if (due > now) {
        held = false;
        return false;
      }
      if (inFlight >= room) {
        held = true;
        return false;
      }
      start(due);
    }
    return true;
  }

  private void start(long due) {
    Passenger passenger = passengers[next];
    if (passenger == null) {
      passenger = board(number + next * plan.loops());
      passengers[next] = passenger;
    }
    next++;
    long now = System.nanoTime();
    tally.started(schedule.isPaced() ? now - due : 0, schedule.isPaced() && held);
    lastStart = Math.max(lastStart, now); // later than planned where there was no room
    inFlight++;
    passenger.starts(schedule.isPaced() ? due : now);
    arm(passenger);
    drive(passenger, passenger.device().begin(goal, millis()));
  }

  private void arm(Passenger passenger) {
    CutFlash flash = passenger.flash();
    if (flash != null) {
      plan.cuts()
          .filter(cuts -> cuts.during() == goal)
          .ifPresentOrElse(
              cuts -> flash.cutAt(1 + passenger.index() % cuts.steps()), flash::cutNoMore);
    }
  }

  /** How far the power cut reached. */
  private void noteCut(CutFlash flash) {
    if (flash.cutStep() > 0) {
      cutSteps.add(flash.cutStep());
    } else {
      flashSteps = Math.max(flashSteps, flash.operations());
    }
  }

  private Passenger board(int index) {
    String id = plan.ids().id(Math.max(0, index));
    CutFlash flash = plan.cuts().isPresent() ? new CutFlash(plan.seed() + index) : null;
    VirtualDevice device =
        new VirtualDevice(
            new DeviceRef(plan.firmware().productId(), id),
            plan.firmware(),
            environment,
            flash,
            (type, code) -> tally.frames(type).refused(code));
    return new Passenger(this, device, flash, index);
  }

  /** Does what the device says until it waits. */
  private void drive(Passenger passenger, Step first) {
    Step step = first;
    while (true) {
      if (passenger.device().isReached() || passenger.device().isHopeless()) {
        arrive(passenger);
        return;
      }
      if (step instanceof Step.WaitUntil wait) {
        alarm(passenger, wait.time());
        return;
      }
      if (step instanceof Step.Send send) {
        tally.frames(send.type()).sent(send.frame().length);
        passenger.sends(System.nanoTime());
        carrier.send(passenger, send.frame());
        step = passenger.device().step(millis());
      } else {
        step = passenger.device().onLogin(millis());
      }
    }
  }

  private void arrive(Passenger passenger) {
    long now = System.nanoTime();
    inFlight--;
    passenger.ends();
    carrier.done(passenger);
    CutFlash flash = passenger.flash();
    if (flash != null && plan.cuts().isPresent() && plan.cuts().get().during() == goal) {
      noteCut(flash);
    }
    if (passenger.device().isReached()) {
      reached.incrementAndGet();
      tally.done();
      if (isTimed(passenger)) {
        tally.took(now - passenger.startedAt(), now - passenger.firstFrameAt());
      }
    } else {
      noteBricked(passenger);
    }
  }

  private void noteBricked(Passenger passenger) {
    bricked += passenger.device().isBricked() ? 1 : 0;
  }

  void answered(Passenger passenger, Sent sent, byte[] answer) {
    if (!passenger.isUnderWay()) {
      return;
    }
    FrameTally frames = tally.frames(type(sent));
    frames.answered(answer.length);
    if (isTimed(passenger)) {
      frames.took(System.nanoTime() - sent.at());
    }
    carrier.deliver(
        () -> {
          if (passenger.isUnderWay()) {
            drive(passenger, passenger.device().onFrame(millis(), answer));
          }
        });
  }

  private boolean isTimed(Passenger passenger) {
    return passenger.index() >= plan.untimed();
  }

  void lost(Passenger passenger, Sent sent) {
    if (passenger.isUnderWay()) {
      tally.frames(type(sent)).lost();
      drive(passenger, passenger.device().onLost(millis()));
    }
  }

  private static RequestType type(Sent sent) {
    return RequestType.of(sent.frame()[0])
        .orElseThrow(() -> new IllegalArgumentException("not a frame of a device"));
  }

  // ---- waiting: at most one alarm that counts for each device

  private void alarm(Passenger passenger, long at) {
    passenger.wakeAt(at);
    if (at < passenger.alarmAt()) {
      passenger.alarmAt(at);
      alarms.add(new Alarm(at, passenger));
    }
  }

  private void ring(long now) {
    while (true) {
      Alarm alarm = alarms.peek();
      if (alarm == null || alarm.at() > now) {
        return;
      }
      alarms.remove();
      Passenger passenger = alarm.passenger();
      if (alarm.at() != passenger.alarmAt()) {
        continue;
      }
      passenger.alarmAt(Passenger.NO_ALARM);
      if (passenger.isUnderWay()) {
        if (passenger.wakeAt() > now) {
          alarm(passenger, passenger.wakeAt());
        } else {
          drive(passenger, passenger.device().step(now));
        }
      }
    }
  }

  private void end() {
    for (Passenger passenger : passengers) {
      if (passenger != null && passenger.isUnderWay()) {
        passenger.ends();
        carrier.done(passenger);
        noteBricked(passenger);
      }
      if (passenger != null) {
        passenger.alarmAt(Passenger.NO_ALARM);
      }
    }
    alarms.clear();
    finished.complete(tally);
  }

  private long millis() {
    return (System.nanoTime() - origin) / 1_000_000;
  }
}
