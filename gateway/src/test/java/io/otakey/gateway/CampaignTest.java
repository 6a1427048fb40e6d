package io.otakey.gateway;

import static io.otakey.gateway.TestGateway.PRODUCT;
import static io.otakey.gateway.TestGateway.TESTER;
import static io.otakey.gateway.TestGateway.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.CampaignVerb;
import io.otakey.gateway.campaign.Campaigns;
import io.otakey.gateway.campaign.Goal;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Orders;
import io.otakey.gateway.campaign.Pace;
import io.otakey.gateway.campaign.StopRule;
import io.otakey.gateway.campaign.Target;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.LabelFilter;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Action;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Campaigns on a whole gateway, whose devices poll and do what they are told. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CampaignTest {
  private static final int FLEET = 12;

  /** Who gives a grant up asks again and again until the campaign's next tick has seen it. */
  private static final Map<String, String> SETTINGS =
      Map.of("OTAKEY_CAMPAIGNS_TICKMILLIS", "50", "OTAKEY_EXCHANGE_GRANTSPERHOUR", "1000");

  private TestGateway gateway;
  private Campaigns campaigns;

  /** A device with the key that it holds. */
  private static final class Unit {
    private final TestDevice device;
    private TestDevice.Held held;

    private Unit(TestDevice device, TestDevice.Held held) {
      this.device = device;
      this.held = held;
    }
  }

  @BeforeAll
  void start(@TempDir Path folder) {
    gateway = TestGateway.start(folder, SETTINGS).withOpenProduct();
    campaigns = gateway.gateway().behind().campaigns();
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void rotation_wavesThroughTheFleet_andEachDeviceRotatesOnce() throws Exception {
    Map<String, Unit> fleet = fleet("r");
    long id = order(Orders.of(PRODUCT).target(of("r")).waves(25).startsItself());
    driveUntil(fleet, id, CampaignTest::isOver, unit -> true);
    Campaign done = campaign(id);
    assertThat(done.state()).isEqualTo(CampaignState.FINISHED);
    assertThat(done.openWave()).isEqualTo(2);
    assertThat(done.total().of(MemberState.CONFIRMED)).isEqualTo(FLEET);
    assertThat(fleet.values()).allSatisfy(u -> assertThat(u.held.key().epoch()).isEqualTo(2));
    assertThat(fleet.values()).allSatisfy(u -> assertThat(told(u)).isEqualTo(Action.NONE));
  }

  @Test
  void aMoveToAPlatformThatRefuses_pausesByItsRule_andResumesOnceItIsMended() throws Exception {
    Map<String, Unit> fleet = fleet("m");
    int home = gateway.connection("home", "home.example", 1883);
    long there = order(move("m", home).startsItself());
    driveUntil(fleet, there, CampaignTest::isOver, unit -> true);
    assertThat(campaign(there).state()).isEqualTo(CampaignState.FINISHED);

    int away = gateway.connection("away", "away.example", 1883);
    StopRule rule = new StopRule(StopRule.Failure.FAILED, StopRule.Action.PAUSE, 50, 6);
    Pace slow = Pace.constant(20);
    long id = order(move("m", away).rules(rule).pace(slow).startsItself());
    List<Unit> moved = new ArrayList<>();
    Predicate<Unit> firstThird =
        unit -> moved.contains(unit) || (moved.size() < FLEET / 3 && moved.add(unit));
    driveUntil(fleet, id, c -> c.state() == CampaignState.PAUSED, firstThird);
    assertThat(campaign(id).why()).contains("failed").contains("50 percent");
    assertThat(fleet.values()).as("the old key works").allSatisfy(this::told);
    assertThat(connections(fleet, home)).isEqualTo(FLEET - FLEET / 3);

    assertThat(await(campaigns.act(TESTER, CampaignVerb.RETRY_FAILED, id))).isNotNull();
    driveUntil(fleet, id, CampaignTest::isOver, unit -> true);
    assertThat(campaign(id).state()).isEqualTo(CampaignState.FINISHED);
    assertThat(campaign(id).total().of(MemberState.CONFIRMED)).isEqualTo(FLEET);
    assertThat(connections(fleet, away)).isEqualTo(FLEET);
  }

  @Test
  void devicesOfARunningCampaign_pollMoreOften() throws Exception {
    Unit unit = fleet("p").values().iterator().next();
    Duration day = Duration.ofHours(24);
    assertThat(pollAfter(unit))
        .isBetween(day.multipliedBy(3).dividedBy(4), day.multipliedBy(5).dividedBy(4));
    Pace slow = Pace.constant(0.001);
    long id = order(Orders.of(PRODUCT).target(of("p")).pace(slow).startsItself());
    driveUntil(
        Map.of(),
        id,
        c -> gateway.gateway().behind().products().inCampaign(PRODUCT),
        takesAll -> true);
    assertThat(pollAfter(unit)).isBetween(Duration.ofMinutes(45), Duration.ofMinutes(75));
    await(campaigns.act(TESTER, CampaignVerb.ABORT, id));
    driveUntil(
        Map.of(),
        id,
        c -> !gateway.gateway().behind().products().inCampaign(PRODUCT),
        takesAll -> true);
    assertThat(pollAfter(unit)).isGreaterThan(Duration.ofHours(17));
  }

  private Duration pollAfter(Unit unit) throws Exception {
    byte[] poll = unit.device.poll(unit.held);
    return Duration.ofSeconds(((Answer.Notice) gateway.ask(unit.held, poll)).pollAfter());
  }

  /** The same campaign twice: the second while CONFIRMs are slow, until they are quick again. */
  @Test
  void campaignsOfASlowGateway_askFewerDevices_untilItIsQuickAgain() throws Exception {
    fleet("q");
    fleet("b");
    long begun = System.nanoTime();
    long quick = order(Orders.of(PRODUCT).target(of("q")).pace(Pace.constant(40)).startsItself());
    driveUntil(Map.of(), quick, c -> c.total().asked() == FLEET, unit -> true);
    long usual = System.nanoTime() - begun;

    begun = System.nanoTime();
    serveSlowly();
    long slow = order(Orders.of(PRODUCT).target(of("b")).pace(Pace.constant(40)).startsItself());
    while (System.nanoTime() - begun < 3 * usual) {
      serveSlowly();
      Thread.sleep(5);
    }
    assertThat(campaign(slow).state()).isEqualTo(CampaignState.RUNNING);
    assertThat(campaign(slow).total().asked()).isBetween(0L, FLEET / 2L);
    driveUntil(Map.of(), slow, c -> c.total().asked() == FLEET, unit -> true);
    await(campaigns.act(TESTER, CampaignVerb.ABORT, quick));
    await(campaigns.act(TESTER, CampaignVerb.ABORT, slow));
  }

  /** As if a CONFIRM had taken a second. */
  private void serveSlowly() {
    Metric.FRAMES
        .timer(gateway.gateway().meters(), "confirm", "http", "ack")
        .record(Duration.ofSeconds(1));
  }

  @Test
  void silentDevices_timeOut_andLoseTheWish() throws Exception {
    Map<String, Unit> fleet = fleet("s");
    long id =
        order(Orders.of(PRODUCT).target(of("s")).timeout(Duration.ofSeconds(1)).startsItself());
    driveUntil(Map.of(), id, CampaignTest::isOver, unit -> true);
    assertThat(campaign(id).total().of(MemberState.TIMED_OUT)).isEqualTo(FLEET);
    assertThat(fleet.values()).allSatisfy(u -> assertThat(told(u)).isEqualTo(Action.NONE));
  }

  private static boolean isOver(Campaign campaign) {
    return campaign.state().isOver();
  }

  /** Everybody polls in turn; who does not take a grant gives it up. */
  private void driveUntil(
      Map<String, Unit> fleet, long id, Predicate<Campaign> over, Predicate<Unit> takes)
      throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!over.test(campaign(id))) {
      assertThat(System.nanoTime()).as("in time: " + campaign(id)).isLessThan(end);
      for (Unit unit : fleet.values()) {
        if (told(unit) != Action.NONE) {
          TestDevice.Held given = gateway.rotate(unit.device, unit.held);
          if (takes.test(unit)) {
            gateway.commit(unit.device, given);
            unit.held = given;
          } else {
            gateway.ask(unit.held, unit.device.abandon(unit.held, given.key().token()));
          }
        }
      }
    }
  }

  private Action told(Unit unit) throws Exception {
    return ((Answer.Notice) gateway.ask(unit.held, unit.device.poll(unit.held))).action();
  }

  private Map<String, Unit> fleet(String prefix) throws Exception {
    Map<String, Unit> fleet = new HashMap<>();
    for (int i = 0; i < FLEET; i++) {
      String id = prefix + i;
      TestDevice device = gateway.device(id);
      TestDevice.Held held = gateway.enroll(device);
      assertThat(held.grant().connection()).isInstanceOf(GrantPayload.Offer.Unchanged.class);
      fleet.put(id, new Unit(device, held));
    }
    return fleet;
  }

  private static Orders move(String prefix, int connection) {
    return Orders.of(PRODUCT).target(of(prefix)).goal(new Goal.Move(connection));
  }

  private static Target of(String prefix) {
    return new Target(
        Set.of(PRODUCT),
        prefix,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        100,
        LabelFilter.ALL);
  }

  private long order(Orders order) {
    return await(campaigns.create(TESTER, order.make())).id();
  }

  private Campaign campaign(long id) {
    return await(campaigns.get(id)).orElseThrow();
  }

  private long connections(Map<String, Unit> fleet, int id) {
    var devices = gateway.gateway().behind().administration();
    return fleet.values().stream()
        .filter(
            unit ->
                await(devices.get(unit.held.key().ref())).orElseThrow().row().connectionId() == id)
        .count();
  }
}
