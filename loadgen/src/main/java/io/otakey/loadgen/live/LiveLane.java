package io.otakey.loadgen.live;

import io.netty.channel.EventLoop;
import io.otakey.loadgen.link.Connector;
import io.otakey.loadgen.link.Credential;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.PlatformClient;
import io.otakey.loadgen.link.Pool;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.scenario.Schedule;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.DeviceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/**
 * One event loop and every nth device: all of its state is used on that loop only, so there is
 * nothing to lock.
 */
final class LiveLane {
  private static final int STARTS_PER_TURN = 32;
  private static final int TURN_MILLIS = 2;
  private static final int RANDOM_PROBES_PER_TURN = 4;
  private static final double NANOS = 1e9;

  /** Back-off of logins: full jitter over a second that doubles up to an hour. */
  private static final int BACK_OFF_LEVELS = 12;

  private final LivePlan plan;
  private final EventLoop loop;
  private final int number;
  private final long origin;
  private final Environment environment;
  private final Tally tally;
  private final Platforms platforms;
  private final PlatformClient client;
  private final Gate gate;
  private final Pool gateway;
  private final Schedule schedule;
  private final int mine;
  private final List<Resident> residents = new ArrayList<>();
  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
  private boolean ending;
  private boolean ended;
  private double probesDue;
  private long turnedAt;

  private record Alarm(long at, Resident resident) implements Comparable<Alarm> {
    @Override
    public int compareTo(Alarm other) {
      return Long.compare(at, other.at);
    }
  }

  LiveLane(
      LivePlan plan,
      EventLoop loop,
      int number,
      long origin,
      Environment environment,
      Tally tally,
      Platforms platforms) {
    this.plan = plan;
    this.loop = loop;
    this.number = number;
    this.origin = origin;
    this.environment = environment;
    this.tally = tally;
    this.platforms = platforms;
    this.client =
        new PlatformClient(
            loop, plan.sources(), environment.timing().answerWithinMillis(), plan.listens());
    this.gate = new Gate(Math.max(1, plan.loginsInFlight() / plan.loops()));
    this.gateway =
        new Pool(
            plan.gateways().stream().map(this::connector).toList(),
            Transport.MQTT,
            "loadgen-" + number,
            Math.max(1, plan.connections() / plan.loops()));
    this.schedule = new Schedule(plan.devices(), plan.rate());
    this.mine = (plan.devices() - number + plan.loops() - 1) / plan.loops();
    this.turnedAt = System.nanoTime();
  }

  private Connector connector(Endpoint node) {
    return new Connector(
        loop, Map.of(Transport.MQTT, node), plan.tls(), plan.sources(), plan.qos());
  }

  void start() {
    loop.execute(this::turn);
  }

  LivePlan plan() {
    return plan;
  }

  EventLoop loop() {
    return loop;
  }

  Environment environment() {
    return environment;
  }

  Tally tally() {
    return tally;
  }

  PlatformClient client() {
    return client;
  }

  Gate gate() {
    return gate;
  }

  /** Devices that were switched on. */
  List<Resident> residents() {
    return residents;
  }

  boolean isEnding() {
    return ending;
  }

  /** The clock of this lane's devices. */
  long millis() {
    return (System.nanoTime() - origin) / 1_000_000;
  }

  /** How long to wait before the next login, after so many that failed. */
  long backOff(int failures) {
    double seconds = 1L << Math.min(failures, BACK_OFF_LEVELS);
    double ceiling = seconds * 1000 * environment.timing().scale();
    return environment.random().nextLong(Math.max(1, Math.round(ceiling))) + 1;
  }

  Credential credential(DeviceRef ref, Step.LogIn login) {
    return new Credential(
        platforms.of(login.connection()),
        login.clientId(),
        login.loginName(),
        login.connection().branchOf(ref) + Connection.NOTICES,
        login.password());
  }

  void send(Resident resident, byte[] frame) {
    gateway.take(resident.index() / plan.loops()).send(resident, frame);
  }

  /** A CONFIRM is on its way: the moment at which a credential gives way to another. */
  void confirming(Resident resident) {
    if (probesDue >= 1 && !gate.isFull() && resident.seat().probe()) {
      probesDue--;
    }
  }

  /** Every device rests as soon as it may. */
  void rest() {
    ending = true;
    residents.forEach(Resident::rest);
  }

  long awake() {
    return residents.stream().filter(resident -> !resident.isResting()).count();
  }

  /** Nothing happens any more but the proof. */
  void end() {
    ended = true;
    gate.clear();
    alarms.clear();
    residents.forEach(resident -> resident.seat().freeze());
  }

  /** Sees everybody off. */
  void close() {
    residents.forEach(resident -> resident.seat().leave());
    gateway.close();
  }

  private void turn() {
    if (ended) {
      return;
    }
    long nanos = System.nanoTime();
    boolean more = startDue(nanos);
    ring(millis());
    probeAtRandom(nanos);
    if (more) {
      loop.execute(this::turn);
    } else {
      var unused = loop.schedule(this::turn, TURN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Switches on what is due, a few at a time so that answers are not kept waiting. */
  private boolean startDue(long nanos) {
    for (int i = 0; i < STARTS_PER_TURN; i++) {
      int next = residents.size();
      long due = origin + schedule.dueAfter(number + next * plan.loops());
      if (next == mine || due > nanos || ending) {
        return false;
      }
      Resident resident = new Resident(this, number + next * plan.loops());
      residents.add(resident);
      resident.powerOn();
    }
    return true;
  }

  /** Leaves one for the next CONFIRM. */
  private void probeAtRandom(long nanos) {
    double rate = plan.probeRate() / plan.loops();
    double most = Math.max(2, rate); // what was missed for more than a second is gone
    probesDue = Math.min(most, probesDue + rate * (nanos - turnedAt) / NANOS);
    turnedAt = nanos;
    for (int i = 0; i < RANDOM_PROBES_PER_TURN && probesDue >= 2 && !gate.isFull(); i++) {
      if (residents.isEmpty()) {
        return;
      }
      int at = environment.random().nextInt(residents.size());
      if (residents.get(at).seat().probe()) {
        probesDue--;
      }
    }
  }

  // ---- waiting: at most one alarm that counts for each device

  void alarm(Resident resident) {
    long at = resident.nextAt();
    if (!ended && at < resident.alarmAt()) {
      resident.alarmAt(at);
      alarms.add(new Alarm(at, resident));
    }
  }

  private void ring(long now) {
    while (true) {
      Alarm alarm = alarms.peek();
      if (alarm == null || alarm.at() > now) {
        return;
      }
      alarms.remove();
      Resident resident = alarm.resident();
      if (alarm.at() == resident.alarmAt()) {
        resident.alarmAt(Resident.NO_ALARM);
        resident.ring();
      }
    }
  }
}
