package io.otakey.gateway;

import static io.otakey.gateway.WalkingFleet.mingle;
import static io.otakey.gateway.WalkingFleet.ownTheirRows;
import static io.otakey.gateway.WalkingFleet.rotate;
import static io.otakey.gateway.WalkingFleet.settle;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Refusal;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The database is lost, or put back from a backup, under real nodes on a real PostgreSQL, while
 * adversaries replay what was recorded and use old keys and the product's. At the end each true
 * device holds its row's key.
 */
class RecoveryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FLEET = 6;

  @TempDir private Path folder;

  private static void heldOff(RecoveryBed bed, TestGateway node, WalkingDevice device)
      throws Exception {
    assertThat(bed.ask(node, "GET", "/health/ready").body()).contains("\"recovery\":\"down\"");
    assertThat(bed.ask(node, "GET", "/health/ready").statusCode()).isEqualTo(503);
    for (byte[] frame : device.sent()) {
      Answer answer = TestDevice.decode(node.post(frame).body());
      assertThat(((Answer.Refused) answer).code()).isEqualTo(Refusal.BUSY);
    }
    JsonNode status = JSON.readTree(bed.admin(node, "GET", "/recovery"));
    assertThat(status.path("heldOff").asBoolean()).isTrue();
  }

  @Test
  void aLostDatabase_isRebuiltFromTheFleet_withTheVaultAlone() throws Exception {
    Random random = new Random(61);
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway node = bed.start("node", Map.of("OTAKEY_RECOVERY_TOLERANCE", "0"));
      bed.product(node);
      List<WalkingDevice> fleet = WalkingFleet.of(node, FLEET, random);
      settle(node, fleet);
      rotate(node, fleet.subList(0, FLEET - 1));
      rotate(node, fleet.subList(0, FLEET / 2));
      bed.looked(node);
      bed.lose();
      RecoveryBed.until("held off", () -> bed.isHeld(node));
      bed.stop(node);

      TestGateway again = bed.start("node", Map.of("OTAKEY_RECOVERY_TOLERANCE", "0"));
      heldOff(bed, again, fleet.get(0));
      bed.product(again);
      bed.admin(again, "POST", "/recovery/recover");
      JsonNode progress = bed.progress(again);
      assertThat(progress.path("generation").asInt()).as("above what was seen").isEqualTo(2);
      assertThat(progress.path("inRecovery").asBoolean()).isTrue();

      Adversary adversary = new Adversary(again, fleet, 1, random);
      mingle(again, fleet, adversary, random, 160);
      ownTheirRows(again, fleet);
      assertThat(adversary.granted()).as("old keys were tried in earnest").isPositive();
      assertThat(bed.progress(again).path("unseen").asInt()).isZero();
      assertThat(bed.progress(again).path("recovered").asInt()).isEqualTo(FLEET);

      bed.admin(again, "POST", "/products/thermo/recovery/close");
      mingle(again, fleet, adversary, random, 60);
      ownTheirRows(again, fleet);
    }
  }

  @Test
  void aBackupTwoRotationsOld_isHeldOff_andTheFleetRecoversIt() throws Exception {
    Random random = new Random(62);
    Map<String, String> strict = Map.of("OTAKEY_RECOVERY_TOLERANCE", "5");
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway node = bed.start("node", strict);
      TestGateway other = bed.start("other", strict);
      bed.product(node);
      List<WalkingDevice> fleet = WalkingFleet.of(node, FLEET, random);
      settle(node, fleet);
      bed.backup("backup");
      rotate(node, fleet);
      rotate(other, fleet);
      bed.looked(node);
      bed.putBack("backup");
      RecoveryBed.until("held off", () -> bed.isHeld(node) && bed.isHeld(other));
      heldOff(bed, node, fleet.get(0));

      TestGateway fresh = bed.start("fresh", strict);
      RecoveryBed.until("a node without memory is told", () -> bed.isHeld(fresh));
      bed.stop(fresh);

      String denied = order(bed, node);
      assertThat(bed.ask(node, "POST", denied + "/approve").statusCode())
          .as("by whoever ordered it")
          .isEqualTo(409);
      assertThat(bed.isHeld(node)).isTrue();
      bed.admin(node, "POST", denied + "/deny");
      String agreed = order(bed, other);
      approveAsSomebodyElse(bed, other, agreed);
      RecoveryBed.until("served", () -> !bed.isHeld(node) && !bed.isHeld(other));

      Adversary adversary = new Adversary(other, fleet, 1, random);
      List<WalkingDevice> seen = fleet.subList(0, FLEET - 1);
      mingle(node, seen, adversary, random, 200);
      ownTheirRows(node, seen);
      assertThat(adversary.granted()).isPositive();
      WalkingDevice silent = fleet.get(FLEET - 1);
      reportedBlockedAndClosed(bed, other, silent);
      ownTheirRows(other, seen);
      rotate(other, seen);
      broughtBack(bed, node, silent);
    }
  }

  /** Its row's key is an old one, which somebody else may have. */
  private static void reportedBlockedAndClosed(
      RecoveryBed bed, TestGateway node, WalkingDevice silent) throws Exception {
    String id = silent.ref().deviceId();
    assertThat(bed.progress(node).path("unseen").asInt()).isEqualTo(1);
    String report = bed.admin(node, "GET", "/products/thermo/recovery/devices");
    assertThat(JSON.readTree(report).path("devices"))
        .extracting(device -> device.path("deviceId").asText() + " " + device.path("epoch").asInt())
        .containsExactly(id + " 1");
    bed.admin(node, "POST", "/products/thermo/devices/" + id + "/block");
    report = bed.cli(node, 0, "recovery", "report", "--product=thermo");
    assertThat(report).doesNotContain(id);
    assertThat(bed.cli(node, 0, "recovery", "close", "--product=thermo")).contains("close: done");
    TestDevice.Held old = node.held(silent.confirmed().get(0));
    Answer answer = node.ask(old, node.device(id).poll(old));
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Refusal.REFUSED);
  }

  /** The true one comes too late, and needs an operator. */
  private static void broughtBack(RecoveryBed bed, TestGateway node, WalkingDevice late)
      throws Exception {
    for (String act : List.of("unblock", "reset")) {
      bed.admin(node, "POST", "/products/thermo/devices/" + late.ref().deviceId() + "/" + act);
    }
    ownTheirRows(node, List.of(late));
  }

  /** A step that waits for another admin; its path. */
  private static String order(RecoveryBed bed, TestGateway node) throws Exception {
    HttpResponse<String> ordered = bed.ask(node, "POST", "/recovery/recover?needsApproval=true");
    assertThat(ordered.body()).contains("waiting-for-approval");
    return "/recovery/orders/" + JSON.readTree(ordered.body()).path("id").asLong();
  }

  /** An operator may not, another admin may, once, and stands in the status and the audit log. */
  private static void approveAsSomebodyElse(RecoveryBed bed, TestGateway node, String order)
      throws Exception {
    Path operator = bed.token(node, "olga", "operator");
    assertThat(bed.ask(node, operator, "POST", order + "/approve", "").statusCode()).isEqualTo(403);
    assertThat(bed.isHeld(node)).as("nothing was done yet").isTrue();
    Path admin = bed.token(node, "bob", "admin");
    HttpResponse<String> done = bed.ask(node, admin, "POST", order + "/approve", "");
    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    JsonNode now = JSON.readTree(done.body());
    assertThat(now.path("state").asText()).isEqualTo("done");
    assertThat(now.path("orderedBy").asText()).isEqualTo("bootstrap");
    assertThat(now.path("decidedBy").asText()).isEqualTo("bob");
    assertThat(bed.ask(node, admin, "POST", order + "/approve", "").statusCode()).isEqualTo(409);
    JsonNode entries = JSON.readTree(bed.admin(node, "GET", "/audit?limit=10")).path("entries");
    assertThat(entries)
        .extracting(e -> e.path("actor").asText() + " " + e.path("action").asText())
        .as("newest first: done, bob's token, olga's, ordered, denied, ordered")
        .startsWith("bob recovery.recover")
        .containsSubsequence(
            "bootstrap recovery.recover",
            "bootstrap recovery.recover",
            "bootstrap recovery.recover");
  }

  /**
   * The adversary's keys are older than the replica's rows: to go on gives those rows' keys back.
   */
  @Test
  void theLastCommits_lostInAFailOver_healByThemselves() throws Exception {
    Random random = new Random(63);
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway node = bed.start();
      bed.product(node);
      List<WalkingDevice> fleet = WalkingFleet.of(node, FLEET, random);
      settle(node, fleet);
      rotate(node, fleet.subList(0, 4));
      bed.backup("replica");
      rotate(node, fleet.subList(2, FLEET));
      bed.looked(node);
      bed.putBack("replica");
      RecoveryBed.until("the database is back", () -> bed.isReady(node));

      Adversary adversary = new Adversary(node, fleet, 2, random);
      mingle(node, fleet, adversary, random, 160);
      ownTheirRows(node, fleet);
    }
  }
}
