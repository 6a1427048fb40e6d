package io.otakey.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.live.LiveStatus;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.protocol.device.Timing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fleets that live at a gateway and platforms that are not ours, and what their proof finds. */
@Timeout(60)
class LiveTest {
  private static final int DEVICES = 60;
  private static final Timing QUICK = new Timing(0.001, 2_000, 100);

  private final FakeGateway gateway = new FakeGateway();
  private final FakeServer server;
  private final FakePlatform cloud;
  private final FakePlatform other;

  LiveTest() throws InterruptedException {
    this.server = new FakeServer(gateway);
    this.cloud = new FakePlatform(honest("cloud"));
    this.other = new FakePlatform(honest("other"));
    gateway.connect("cloud", "127.0.0.1", cloud.port());
    gateway.connect("other", "127.0.0.1", other.port());
  }

  @AfterEach
  void stop() throws InterruptedException {
    server.close();
    cloud.close();
    other.close();
  }

  @Test
  void aFleetThatRotatesAndMovesAndComesBack_provesEverySecret() throws Exception {
    LiveResult result = there(true, 200);
    assertThat(result.faults()).isEmpty();
    assertThat(result.isPerfect()).isTrue();
    assertThat(result.places()).containsExactly(Map.entry("cloud, epoch 4", (long) DEVICES));
    assertThat(result.proof())
        .extracting(LiveResult.Check::held)
        .as("newest; three older; one of them elsewhere; newest elsewhere; newest again")
        .containsExactly(
            (long) DEVICES, 3L * DEVICES, (long) DEVICES, (long) DEVICES, (long) DEVICES);
    assertThat(result.counts())
        .containsEntry(LiveCount.ROTATIONS, 3L * DEVICES)
        .containsEntry(LiveCount.MOVES, 2L * DEVICES)
        .containsEntry(LiveCount.OUTAGES, 0L);
    assertThat(result.counts().get(LiveCount.PROBES_IN_UPDATE)).isPositive();
    assertThat(cloud.logins.get(0).clientId()).startsWith("demo.dev-0000");
  }

  @Test
  void pushedNotices_makeOnlyThoseRotateWhoseKeyTheyProve() throws Exception {
    Timing pollsInAMinute = new Timing(0.001, 2_000, 60_000);
    try (LiveRun run = run(true, 0, 16, pollsInAMinute, DEVICES)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      gateway.notices().forEach(server::push); // to everybody, whoever it is for
      until(run, status -> status.allThere(Optional.of("cloud"), 2));
      LiveResult result = run.prove("", Duration.ofSeconds(10));
      assertThat(result.isPerfect()).isTrue();
      assertThat(result.counts())
          .containsEntry(LiveCount.ROTATIONS, (long) DEVICES)
          .containsEntry(LiveCount.POLLS, 0L);
    }
  }

  @Test
  void devicesThatAreToldByTheirPlatform_pollAndRotate() throws Exception {
    Timing pollsInAMinute = new Timing(0.001, 2_000, 60_000);
    try (LiveRun run = run(true, 0, 16, pollsInAMinute)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      until(run, status -> cloud.subscriptions.size() == DEVICES);
      gateway.rotateAll(0);
      cloud.sessions.keySet().forEach(id -> cloud.tell(id, "another/otakey/notify"));
      for (String topic : cloud.subscriptions) { // each to everybody: only its own counts
        cloud.sessions.keySet().forEach(id -> cloud.tell(id, topic));
      }
      until(run, status -> status.allThere(Optional.of("cloud"), 2));
      assertThat(run.count(LiveCount.POLLS)).isEqualTo(DEVICES);
    }
  }

  @Test
  void devicesThatOnlyLogIn_leaveAgain() throws Exception {
    try (LiveRun run = run(false, 0)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      while (!cloud.sessions.isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      gateway.rotateAll(2);
      until(run, status -> status.allThere(Optional.of("other"), 2));
      assertThat(run.prove("", Duration.ofSeconds(10)).isPerfect()).isTrue();
      assertThat(run.count(LiveCount.LOGINS)).isEqualTo(2L * DEVICES);
    }
  }

  /** Sockets that the other side has closed stay until this one does. */
  @Test
  void aRunThatIsClosed_leavesNoSocket() throws Exception {
    try (LiveRun run = run(true, 0, 16, QUICK, DEVICES)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      assertThat(open(server.mqtt())).isEqualTo(DEVICES);
    }
    assertThat(open(server.mqtt())).isZero();
    assertThat(open("127.0.0.1:" + cloud.port())).isZero();
  }

  /**
   * Sockets of this machine that are connected to an address, and not closed here, as Linux has it.
   */
  private static long open(String address) throws Exception {
    int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    String remote = String.format(":%04X", port);
    Set<String> closedHere = Set.of("04", "05", "06", "0B"); // FIN_WAIT1, 2, TIME_WAIT, CLOSING
    try (Stream<String> rows = Files.lines(Path.of("/proc/net/tcp6"))) {
      return Stream.concat(rows, Files.readAllLines(Path.of("/proc/net/tcp")).stream())
          .map(row -> row.strip().split("\\s+"))
          .filter(row -> row[2].endsWith(remote) && !closedHere.contains(row[3]))
          .count();
    }
  }

  @Test
  void aSessionThatIsCut_isMadeAgain() throws Exception {
    try (LiveRun run = run(true, 0)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      assertThat(cloud.sessions).hasSize(DEVICES);
      for (Channel session : cloud.sessions.values()) {
        var unused = session.close();
      }
      until(run, status -> run.count(LiveCount.SESSIONS_LOST) == DEVICES);
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      assertThat(run.prove("", Duration.ofSeconds(10)).isPerfect()).isTrue();
    }
  }

  @Test
  void aPlatformThatRefusesForAWhile_isTriedAgain_andNothingIsGivenUp() throws Exception {
    AtomicInteger first = new AtomicInteger();
    FakePlatform.Manner honest = honest("other");
    other.behave(
        (platform, context, shown) -> {
          boolean no = first.incrementAndGet() <= DEVICES; // one in five of all tries
          (no
                  ? FakePlatform.saying(
                      MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD)
                  : honest)
              .answer(platform, context, shown);
        });
    try (LiveRun run = run(true, 0)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      gateway.rotateAll(2);
      until(run, status -> status.allThere(Optional.of("other"), 2));
      assertThat(run.count(LiveCount.LOGINS_REFUSED)).isEqualTo(DEVICES);
      assertThat(run.count(LiveCount.ABANDONS)).isLessThan(DEVICES / 4);
    }
  }

  @Test
  void aPlatformThatRefusesOrHangs_isGivenUp_andTheOldOneKeepsWorking() throws Exception {
    for (FakePlatform.Manner manner :
        List.of(
            FakePlatform.saying(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED),
            FakePlatform.CLOSING)) {
      other.behave(manner);
      try (LiveRun run = run(true, 100)) {
        run.start();
        until(run, status -> status.allThere(Optional.of("cloud"), 1));
        gateway.rotateAll(2);
        until(run, status -> run.count(LiveCount.ABANDONS) >= DEVICES);
        gateway.rotateAll(1);
        until(run, status -> status.allThere(Optional.of("cloud"), 2));
        other.behave(honest("other"));
        LiveResult result = run.prove("", Duration.ofSeconds(10));
        assertThat(result.faults()).isEmpty();
        assertThat(result.isPerfect()).isTrue();
        assertThat(result.proof().get(1).held()).as("given up ones, too").isGreaterThan(DEVICES);
      }
      gateway.reset();
    }
  }

  @Test
  void loginsThatStandInLineHere_doNotRunOutOfTheDevicesTime() throws Exception {
    Timing impatient = new Timing(0.001, 700, 100); // five logins in less than 5 s
    try (LiveRun run = run(true, 0, 2, impatient)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      FakePlatform.Manner honest = honest("cloud");
      cloud.behave(
          (platform, context, shown) -> {
            var unused =
                context
                    .executor()
                    .schedule(
                        () -> honest.answer(platform, context, shown), 220, TimeUnit.MILLISECONDS);
          });
      gateway.rotateAll(0);
      until(run, status -> status.allThere(Optional.of("cloud"), 2)); // 30 on each loop in a row
      assertThat(run.count(LiveCount.ABANDONS)).isZero();
    }
  }

  @Test
  void aPlatformThatStillTakesAnOldSecret_isFound() throws Exception {
    Map<String, Boolean> seen = new ConcurrentHashMap<>();
    cloud.behave(
        FakePlatform.asking(
            shown -> {
              boolean right = gateway.allows("cloud", shown.loginName(), shown.password());
              String login = shown.loginName() + shown.password();
              return (right && seen.put(login, true) == null) || seen.containsKey(login);
            }));
    LiveResult result = there(true, 0);
    assertThat(result.isPerfect()).isFalse();
    assertThat(result.proof().get(1).broken()).as("older, where they held").isPositive();
    assertThat(result.proof().get(0).held()).isEqualTo(DEVICES);
  }

  @Test
  void aPlatformThatTakesAnybody_isFound() throws Exception {
    other.behave(FakePlatform.asking(shown -> true));
    LiveResult result = there(true, 0);
    assertThat(result.isPerfect()).isFalse();
    assertThat(result.proof().get(3).broken()).as("newest, elsewhere").isEqualTo(DEVICES);
  }

  @Test
  void aPlatformThatRefusesEverybodyAtLast_isFound() throws Exception {
    AtomicInteger accepted = new AtomicInteger();
    try (LiveRun run = run(true, 0)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      FakePlatform.Manner honest = honest("cloud");
      cloud.behave(
          (platform, context, shown) -> {
            boolean yes = accepted.incrementAndGet() <= DEVICES;
            (yes
                    ? honest
                    : FakePlatform.saying(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED))
                .answer(platform, context, shown);
          });
      LiveResult result = run.prove("", Duration.ofSeconds(10));
      assertThat(result.isPerfect()).isFalse();
      assertThat(result.proof().get(4).held()).as("once more at the end").isLessThan(DEVICES);
    }
  }

  @Test
  void aPlatformThatIsGoneAtLast_leavesItOpenWhoIsBricked() throws Exception {
    try (LiveRun run = run(true, 0)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      cloud.behave(FakePlatform.CLOSING);
      LiveResult result = run.prove("", Duration.ofSeconds(10));
      assertThat(result.isPerfect()).isFalse();
      assertThat(result.proof().get(4).unclear()).as("once more at the end").isEqualTo(DEVICES);
    }
  }

  @Test
  void aCredentialThatStopsWorkingForAMoment_isAnOutage() throws Exception {
    AtomicInteger some = new AtomicInteger();
    cloud.behave(
        FakePlatform.asking(
            shown ->
                some.incrementAndGet() % 50 != 0
                    && gateway.allows("cloud", shown.loginName(), shown.password())));
    LiveResult result = there(true, 500);
    assertThat(result.counts().get(LiveCount.OUTAGES)).isPositive();
    assertThat(result.isPerfect()).isFalse();
  }

  @Test
  void anOldKeyRetiredBeforeItsSuccessorWorks_isAnOutage() throws Exception {
    Map<String, String> newest = new ConcurrentHashMap<>();
    cloud.behave(
        FakePlatform.asking(
            shown -> {
              boolean right = gateway.allows("cloud", shown.loginName(), shown.password());
              String last = newest.putIfAbsent(shown.clientId(), shown.loginName());
              boolean verifying = right && last != null && !last.equals(shown.loginName());
              if (verifying) { // as if the verification had already retired the old key
                newest.put(shown.clientId(), shown.loginName());
                return false;
              }
              return right && newest.get(shown.clientId()).equals(shown.loginName());
            }));
    LiveResult result = there(true, 500);
    assertThat(result.counts().get(LiveCount.OUTAGES)).isPositive();
    assertThat(result.isPerfect()).isFalse();
  }

  @Test
  void devicesOnNoPlatform_proveNothing() throws Exception {
    gateway.grantAtEnrollment(0);
    try (LiveRun run = run(true, 10)) {
      run.start();
      until(run, status -> status.allThere(Optional.empty(), 1));
      assertThat(run.prove("", Duration.ofSeconds(10)).isPerfect()).isFalse();
    }
  }

  /** Enrolls, rotates, moves, comes back, proves. */
  private LiveResult there(boolean stays, double probes) throws Exception {
    try (LiveRun run = run(stays, probes)) {
      run.start();
      until(run, status -> status.allThere(Optional.of("cloud"), 1));
      gateway.rotateAll(0);
      until(run, status -> status.allThere(Optional.of("cloud"), 2));
      gateway.rotateAll(2);
      until(run, status -> status.allThere(Optional.of("other"), 3));
      gateway.rotateAll(1);
      until(run, status -> status.allThere(Optional.of("cloud"), 4));
      return run.prove("test", Duration.ofSeconds(10));
    }
  }

  private LiveRun run(boolean stays, double probes) throws Exception {
    return run(stays, probes, 16, QUICK);
  }

  private LiveRun run(boolean stays, double probes, int logins, Timing timing) throws Exception {
    return run(stays, probes, logins, timing, 4);
  }

  private LiveRun run(boolean stays, double probes, int logins, Timing timing, int connections)
      throws Exception {
    return new LiveRun(
        new LivePlan(
            Bundle.parse(gateway.bundle()),
            new IdRange("dev-", 1),
            DEVICES,
            0,
            List.of(Endpoint.parse(server.mqtt()).orElseThrow()),
            Optional.empty(),
            1,
            connections,
            logins,
            2,
            List.of(),
            stays,
            stays,
            probes,
            timing,
            1));
  }

  private FakePlatform.Manner honest(String platform) {
    return FakePlatform.asking(
        shown -> gateway.allows(platform, shown.loginName(), shown.password()));
  }

  private static void until(LiveRun run, Predicate<LiveStatus> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    LiveStatus status = run.status();
    while (!condition.test(status)) {
      assertThat(System.nanoTime()).as("%s", status).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(10);
      status = run.status();
    }
  }
}
