package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.gateway.cli.AdminCommand;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The database is lost, or put back from a backup, under real nodes on a real PostgreSQL, while
 * adversaries replay what was recorded and use old keys and the product's. At the end each true
 * device holds its row's key.
 */
class RecoveryTest {
  private static final Actor ALICE = new Actor("alice", "local");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FLEET = 6;

  /** Turns that the adversary has before the devices come. */
  private static final int HEAD_START = 25;

  @TempDir private Path folder;

  private static List<WalkingDevice> fleet(TestGateway node, int size, Random random) {
    List<WalkingDevice> fleet = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      DeviceRef ref = new DeviceRef(TestGateway.PRODUCT, "device-" + i);
      fleet.add(new WalkingDevice(ref, node, new Random(random.nextLong())));
    }
    return fleet;
  }

  private static WalkingDevice.Link link(TestGateway node) {
    return frame -> Optional.of(node.post(frame).body());
  }

  private static void settle(TestGateway node, List<WalkingDevice> fleet)
      throws IOException, InterruptedException {
    for (WalkingDevice device : fleet) {
      device.settle(link(node));
    }
  }

  private static void rotate(TestGateway node, List<WalkingDevice> fleet)
      throws IOException, InterruptedException {
    for (WalkingDevice device : fleet) {
      long epoch = device.key().orElseThrow().epoch();
      device.rotate();
      for (int i = 0; i < 50 && device.key().orElseThrow().epoch() == epoch; i++) {
        device.exchange(link(node));
      }
      device.settle(link(node));
      assertThat(device.key().orElseThrow().epoch()).isEqualTo(epoch + 1);
    }
  }

  private static Map<String, DeviceRow> rows(TestGateway node) {
    Map<String, DeviceRow> rows = new TreeMap<>();
    List<DeviceRecord> page =
        TestGateway.await(
            node.gateway()
                .behind()
                .administration()
                .list(DeviceFilter.ALL, Optional.empty(), 1000));
    page.forEach(device -> rows.put(device.ref().deviceId(), device.row()));
    return rows;
  }

  /** The true devices prove it: each polls under its key, and the row has that key. */
  private static void ownTheirRows(TestGateway node, List<WalkingDevice> fleet)
      throws IOException, InterruptedException {
    for (WalkingDevice device : fleet) {
      int polled = device.polled();
      device.poll();
      for (int i = 0; i < 60 && device.polled() == polled; i++) {
        device.exchange(link(node));
      }
      assertThat(device.polled()).as(device.ref() + " is served").isGreaterThan(polled);
      device.settle(link(node));
    }
    Map<String, DeviceRow> rows = rows(node);
    for (WalkingDevice device : fleet) {
      DeviceRow row = rows.getOrDefault(device.ref().deviceId(), DeviceRow.NONE);
      KeyRef key = device.key().orElseThrow();
      assertThat(row.status()).as(device.ref().toString()).isEqualTo(RowStatus.ACTIVE);
      assertThat(row.epoch()).as(device.ref().toString()).isEqualTo(key.epoch());
      assertThat(row.token()).as(device.ref().toString()).contains(key.token());
    }
  }

  /** Whoever heard everything, holds old keys, and extracted the product's. */
  private static final class Adversary {
    private final TestGateway node;
    private final Random random;
    private final List<byte[]> recorded = new ArrayList<>();
    private final List<TestDevice.Held> keys = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private int granted;

    /** Of half of the devices it has every key but the last {@code younger}. */
    private Adversary(TestGateway node, List<WalkingDevice> fleet, int younger, Random random) {
      this.node = node;
      this.random = random;
      for (int i = 0; i < fleet.size(); i++) {
        WalkingDevice device = fleet.get(i);
        recorded.addAll(device.sent());
        ids.add(device.ref().deviceId());
        List<KeyRef> held = device.confirmed();
        if (i % 2 == 0 && held.size() > younger) {
          held.subList(0, held.size() - younger).forEach(key -> keys.add(node.held(key)));
        }
      }
    }

    private TestDevice device(DeviceRef ref) {
      return node.device(ref.deviceId());
    }

    private void act() throws IOException, InterruptedException {
      switch (random.nextInt(4)) {
        case 0 -> node.post(recorded.get(random.nextInt(recorded.size())));
        case 1, 2 -> {
          if (!keys.isEmpty()) {
            useKey(keys.get(random.nextInt(keys.size())));
          }
        }
        default -> enroll(ids.get(random.nextInt(ids.size())));
      }
    }

    private void useKey(TestDevice.Held held) throws IOException, InterruptedException {
      TestDevice device = device(held.key().ref());
      switch (random.nextInt(6)) {
        case 0 -> node.post(device.confirm(held));
        case 1 -> node.post(device.poll(held));
        case 2 -> node.post(device.abandon(held, held.key().token()));
        default -> {
          var handshake = device.rotate(held);
          take(device, handshake, node.post(handshake.request()));
        }
      }
    }

    private void enroll(String id) throws IOException, InterruptedException {
      TestDevice device = node.device(id);
      var handshake = device.enroll();
      take(device, handshake, node.post(handshake.request()));
    }

    private void take(
        TestDevice device,
        io.otakey.protocol.handshake.DeviceHandshake handshake,
        HttpResponse<byte[]> answer)
        throws IOException, InterruptedException {
      if (answer.statusCode() == 200) {
        granted++;
        TestDevice.Held held = device.take(handshake, answer.body());
        node.post(device.confirm(held));
        if (keys.size() < 100) {
          keys.add(held);
        }
      }
    }
  }

  /** Devices and adversary by turns at random, with answers lost on the way. */
  private static void mingle(
      TestGateway node, List<WalkingDevice> fleet, Adversary adversary, Random random, int turns)
      throws IOException, InterruptedException {
    for (int i = 0; i < turns; i++) {
      if (i < HEAD_START || random.nextBoolean()) {
        adversary.act();
      } else {
        WalkingDevice device = fleet.get(random.nextInt(fleet.size()));
        boolean lost = random.nextInt(6) == 0;
        device.exchange(
            frame -> {
              byte[] answer = node.post(frame).body();
              return lost ? Optional.empty() : Optional.of(answer);
            });
      }
    }
  }

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
      List<WalkingDevice> fleet = fleet(node, FLEET, random);
      settle(node, fleet);
      rotate(node, fleet.subList(0, FLEET - 1));
      rotate(node, fleet.subList(0, FLEET / 2));
      Thread.sleep(1100); // the node looks once a second
      bed.lose();
      RecoveryBed.until("held off", () -> isHeld(bed, node));
      bed.stop(node);

      TestGateway again = bed.start("node", Map.of("OTAKEY_RECOVERY_TOLERANCE", "0"));
      heldOff(bed, again, fleet.get(0));
      bed.product(again);
      bed.admin(again, "POST", "/recovery/recover");
      JsonNode progress = progress(bed, again);
      assertThat(progress.path("generation").asInt()).as("above what was seen").isEqualTo(2);
      assertThat(progress.path("inRecovery").asBoolean()).isTrue();

      Adversary adversary = new Adversary(again, fleet, 1, random);
      mingle(again, fleet, adversary, random, 160);
      ownTheirRows(again, fleet);
      assertThat(adversary.granted).as("old keys were tried in earnest").isPositive();
      assertThat(progress(bed, again).path("unseen").asInt()).isZero();
      assertThat(progress(bed, again).path("recovered").asInt()).isEqualTo(FLEET);

      bed.admin(again, "POST", "/products/thermo/recovery/close");
      mingle(again, fleet, adversary, random, 60);
      ownTheirRows(again, fleet);
    }
  }

  private static boolean isHeld(RecoveryBed bed, TestGateway node) {
    try {
      return bed.ask(node, "GET", "/health/ready").body().contains("\"recovery\":\"down\"");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode progress(RecoveryBed bed, TestGateway node) throws Exception {
    return JSON.readTree(bed.admin(node, "GET", "/products/thermo/recovery"));
  }

  @Test
  void aBackupTwoRotationsOld_isHeldOff_andTheFleetRecoversIt() throws Exception {
    Random random = new Random(62);
    Map<String, String> strict = Map.of("OTAKEY_RECOVERY_TOLERANCE", "5");
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway node = bed.start("node", strict);
      TestGateway other = bed.start("other", strict);
      bed.product(node);
      List<WalkingDevice> fleet = fleet(node, FLEET, random);
      settle(node, fleet);
      bed.backup("backup");
      rotate(node, fleet);
      rotate(other, fleet);
      Thread.sleep(1100);
      bed.putBack("backup");
      RecoveryBed.until("held off", () -> isHeld(bed, node) && isHeld(bed, other));
      heldOff(bed, node, fleet.get(0));

      TestGateway fresh = bed.start("fresh", strict);
      RecoveryBed.until("a node without memory is told", () -> isHeld(bed, fresh));
      bed.stop(fresh);

      HttpResponse<String> ordered = bed.ask(node, "POST", "/recovery/recover?needsApproval=true");
      assertThat(ordered.body()).contains("waiting-for-approval");
      long order = JSON.readTree(ordered.body()).path("id").asLong();
      assertThat(bed.ask(node, "POST", "/recovery/orders/" + order + "/approve").statusCode())
          .as("by whoever ordered it")
          .isEqualTo(409);
      assertThat(isHeld(bed, node)).isTrue();
      bed.admin(node, "POST", "/recovery/orders/" + order + "/deny");
      bed.admin(node, "POST", "/recovery/recover");
      RecoveryBed.until("served", () -> !isHeld(bed, node) && !isHeld(bed, other));

      Adversary adversary = new Adversary(other, fleet, 1, random);
      mingle(node, fleet, adversary, random, 200);
      ownTheirRows(node, fleet);
      assertThat(adversary.granted).isPositive();
      assertThat(progress(bed, other).path("unseen").asInt()).isZero();
      bed.admin(other, "POST", "/products/thermo/recovery/close");
      ownTheirRows(other, fleet);
      rotate(other, fleet);
    }
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
      List<WalkingDevice> fleet = fleet(node, FLEET, random);
      settle(node, fleet);
      rotate(node, fleet.subList(0, 4));
      bed.backup("replica");
      rotate(node, fleet.subList(2, FLEET));
      Thread.sleep(1100);
      bed.putBack("replica");
      RecoveryBed.until("the database is back", () -> isReady(bed, node));

      Adversary adversary = new Adversary(node, fleet, 2, random);
      mingle(node, fleet, adversary, random, 160);
      ownTheirRows(node, fleet);
    }
  }

  private static boolean isReady(RecoveryBed bed, TestGateway node) {
    try {
      return bed.ask(node, "GET", "/health/ready").statusCode() == 200;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theJournalsOfAllNodes_bringBackWhatTheyDid_andMayBeReplayedAgain() throws Exception {
    Random random = new Random(64);
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway one = bed.start();
      TestGateway two = bed.start("two", Map.of());
      bed.product(one);
      int connection = bed.connection(one, "cloud");
      List<WalkingDevice> fleet = fleet(one, FLEET, random);
      settle(one, fleet);
      bed.backup("backup");
      rotate(two, fleet);
      rotate(one, fleet.subList(0, 4));
      act(one, OperatorAction.BLOCK, 0);
      act(two, OperatorAction.REVOKE, 1);
      act(one, OperatorAction.RESET, 2);
      act(two, OperatorAction.REMOVE, 3);
      act(one, OperatorAction.BLOCK, 4);
      act(two, OperatorAction.UNBLOCK, 4);
      TestGateway.await(
          two.gateway()
              .behind()
              .administration()
              .preRegister(ALICE, TestGateway.PRODUCT, List.of("expected")));
      Map<String, DeviceRow> before = rows(one);

      bed.lose();
      bed.stop(one);
      bed.stop(two);
      TestGateway again = bed.start();
      assertThat(rows(again)).isEmpty();
      assertThat(replay(bed, again)).contains("product thermo is not there");
      bed.product(again);
      assertThat(replay(bed, again)).contains("created").contains("nothing was changed");
      assertThat(rows(again)).as("a dry run").isEmpty();
      String done = replay(bed, again, "--apply");
      assertThat(done).contains("of 2 nodes").contains("connection " + connection);
      assertThat(rows(again)).isEqualTo(before);
      assertThat(replay(bed, again, "--apply"))
          .contains("unchanged")
          .doesNotContain("created", "barred");
      bed.admin(again, "POST", "/recovery/go-on");
      ownTheirRows(again, fleet.subList(4, FLEET));

      bed.putBack("backup");
      RecoveryBed.until("the database is back", () -> isThere(bed, again));
      assertThat(replay(bed, again, "--apply")).contains("barred").contains("key-forward");
      assertThat(rows(again)).isEqualTo(before);
    }
  }

  private static boolean isThere(RecoveryBed bed, TestGateway node) {
    try {
      return bed.ask(node, "GET", "/recovery").statusCode() == 200;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void act(TestGateway node, OperatorAction action, int device) {
    DeviceRef ref = new DeviceRef(TestGateway.PRODUCT, "device-" + device);
    TestGateway.await(node.gateway().behind().administration().act(ALICE, action, ref));
  }

  /** {@code otakey admin journal replay}; what it prints. */
  private static String replay(RecoveryBed bed, TestGateway node, String... options) {
    List<String> line = new ArrayList<>(List.of("journal", "replay"));
    line.add("--url=http://127.0.0.1:" + node.gateway().endpoints().port("admin"));
    line.add("--token-file=" + bed.token("node"));
    Collections.addAll(line, options);
    line.add(bed.journal("node").toString());
    line.add(bed.journal("two").toString());
    StringWriter printed = new StringWriter();
    PrintWriter out = new PrintWriter(printed, true);
    int code =
        new CommandLine(new AdminCommand())
            .setOut(out)
            .setErr(out)
            .execute(line.toArray(String[]::new));
    assertThat(code).as(printed.toString()).isZero();
    return printed.toString();
  }
}
