package io.otakey.gateway;

import static io.otakey.gateway.WalkingFleet.deaf;
import static io.otakey.gateway.WalkingFleet.link;
import static io.otakey.gateway.WalkingFleet.mingle;
import static io.otakey.gateway.WalkingFleet.ownTheirRows;
import static io.otakey.gateway.WalkingFleet.settle;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.campaign.Orders;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The database goes while a campaign rotates the fleet: some devices hold a grant that they have
 * not confirmed, some confirmed and did not hear the ACK, some are through, some do not know yet.
 * Whoever recorded everything sends all of it while devices are held off, while they recover, and
 * afterwards, with what was said meanwhile.
 */
class RecoveryInTheMiddleTest {
  private static final boolean FULL = Boolean.getBoolean("otakey.full");
  private static final int FLEET = FULL ? 200 : 8;
  private static final Map<String, String> SETTINGS =
      Map.of("OTAKEY_RECOVERY_TOLERANCE", "0", "OTAKEY_CAMPAIGNS_TICKMILLIS", "50");

  @TempDir private Path folder;

  /** Once put back as it was when all devices had been asked, once gone altogether. */
  @Test
  void droppedBetweenGrantAndConfirm_eachTrueDeviceEndsAtItsRow() throws Exception {
    Random random = new Random(65);
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway node = bed.start("node", SETTINGS);
      bed.product(node);
      List<WalkingDevice> fleet = WalkingFleet.of(node, FLEET, random);
      settle(node, fleet);
      Adversary adversary = new Adversary(node, fleet, 1, random);

      long campaign = askAll(node);
      bed.backup("asked");
      stopInTheMiddle(node, fleet);
      bed.looked(node);
      bed.putBack("asked");
      RecoveryBed.until("held off", () -> bed.isHeld(node));
      recover(bed, node, fleet, adversary, random);
      RecoveryBed.until("over", () -> campaign(node, campaign).state().isOver());
      Campaign over = campaign(node, campaign);
      assertThat(over.state()).isEqualTo(CampaignState.FINISHED);
      assertThat(over.total().of(MemberState.CONFIRMED)).isEqualTo(FLEET);

      askAll(node);
      stopInTheMiddle(node, fleet);
      bed.looked(node);
      bed.lose();
      bed.stop(node);
      TestGateway again = bed.start("node", SETTINGS);
      assertThat(bed.isHeld(again)).isTrue();
      bed.product(again);
      Adversary same = new Adversary(again, fleet, 1, random);
      recover(bed, again, fleet, same, random);
      assertThat(same.granted()).as("tried in earnest").isPositive();
    }
  }

  /**
   * A rotation that every device was asked for, and none has heard of; its id. A grant from before
   * is given up in recovery, which is one try.
   */
  private static long askAll(TestGateway node) throws InterruptedException {
    long id =
        TestGateway.await(
                node.gateway()
                    .behind()
                    .campaigns()
                    .create(
                        TestGateway.TESTER,
                        Orders.of(TestGateway.PRODUCT).retries(3).startsItself().make()))
            .id();
    RecoveryBed.until("asked", () -> campaign(node, id).total().of(MemberState.NOTIFIED) == FLEET);
    return id;
  }

  private static Campaign campaign(TestGateway node, long id) {
    return TestGateway.await(node.gateway().behind().campaigns().get(id)).orElseThrow();
  }

  /**
   * Half have a grant in hand; an eighth each has no ACK yet, or is through; the rest knows
   * nothing.
   */
  private static void stopInTheMiddle(TestGateway node, List<WalkingDevice> fleet)
      throws Exception {
    for (int i = 0; i < fleet.size(); i++) {
      WalkingDevice device = fleet.get(i);
      int part = i % 8;
      if (part < 6) {
        granted(node, device);
      }
      if (part == 4) {
        device.exchange(deaf(node));
      } else if (part == 5) {
        device.settle(link(node));
      }
    }
  }

  private static void granted(TestGateway node, WalkingDevice device) throws Exception {
    device.poll();
    for (int i = 0; i < 50 && device.isSettled(); i++) {
      device.exchange(link(node));
    }
    assertThat(device.isSettled()).as(device.ref() + " has a grant in hand").isFalse();
  }

  /** From holding off to the end of recovery, under an adversary who sends all there is. */
  private static void recover(
      RecoveryBed bed,
      TestGateway node,
      List<WalkingDevice> fleet,
      Adversary adversary,
      Random random)
      throws Exception {
    int before = adversary.replayEverything();
    bed.admin(node, "POST", "/recovery/recover");
    assertThat(bed.isHeld(node)).isFalse();
    adversary.replayEverything();
    adversary.useEveryKey();
    mingle(node, fleet, adversary, random, 15 * FLEET);
    int during = adversary.replayEverything();
    assertThat(during).as("recorded on").isGreaterThan(before);
    for (int i = 0; i < 10 && recovered(bed, node) < FLEET; i++) {
      ownTheirRows(node, fleet); // who is served under its old key is told to rotate
      for (WalkingDevice device : fleet) {
        device.exchange(link(node)); // and does so a day after the last time it was told
      }
    }
    assertThat(recovered(bed, node)).isEqualTo(FLEET);
    ownTheirRows(node, fleet);
    bed.admin(node, "POST", "/products/" + TestGateway.PRODUCT + "/recovery/close");
    assertThat(adversary.replayEverything()).isGreaterThan(during);
    mingle(node, fleet, adversary, random, 10 * FLEET);
    adversary.replayEverything();
    ownTheirRows(node, fleet);
  }

  private static int recovered(RecoveryBed bed, TestGateway node) throws Exception {
    return bed.progress(node).path("recovered").asInt();
  }
}
