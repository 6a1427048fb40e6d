package io.otakey.gateway;

import static io.otakey.gateway.WalkingFleet.ownTheirRows;
import static io.otakey.gateway.WalkingFleet.rotate;
import static io.otakey.gateway.WalkingFleet.rows;
import static io.otakey.gateway.WalkingFleet.settle;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.wire.DeviceRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A lost database comes back whole from the vault, the exported configuration and the journals of
 * all nodes; a restored one comes forward.
 */
class JournalReplayTest {
  private static final Actor ALICE = new Actor("alice", "local");
  private static final int FLEET = 6;
  private static final String IMPORTED = "0f1e2d3c4b5a6978".repeat(4);

  @TempDir private Path folder;

  @Test
  void vaultConfigurationAndAllJournals_bringEverythingBack_andMayBeUsedAgain() throws Exception {
    Random random = new Random(64);
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway one = bed.start();
      TestGateway two = bed.start("two", Map.of());
      bed.product(one);
      bed.connection(one, "harbour");
      importKey(bed, one);
      bed.cli(one, 0, "platform", "put", "harbour", "--kind", "hook");
      Path lastNight = export(bed, one, "last-night");
      int younger = bed.connection(one, "cloud");
      List<WalkingDevice> fleet = WalkingFleet.of(one, FLEET, random);
      settle(one, fleet);
      bed.backup("backup");
      rotate(two, fleet);
      rotate(one, fleet.subList(0, 4));
      operatorsActs(one, two);
      Map<String, DeviceRow> before = rows(one);
      String configuration = Files.readString(export(bed, one, "at-the-end"));

      bed.lose();
      bed.stop(one);
      bed.stop(two);
      TestGateway again = bed.start();
      assertThat(rows(again)).isEmpty();
      assertThat(replay(bed, again)).contains("product thermo is not there");
      assertThat(bed.cli(again, 0, "config", "apply", lastNight.toString()))
          .contains("TO DO", "thermo/2");
      importKey(bed, again);
      replayedTwice(bed, again, before, younger);
      assertThat(Files.readString(export(bed, again, "again"))).isEqualTo(configuration);
      bed.admin(again, "POST", "/recovery/go-on");
      ownTheirRows(again, fleet.subList(4, FLEET));
      assertThat(again.enroll(withImportedKey(again)).key().epoch()).isEqualTo(1);

      bed.putBack("backup");
      RecoveryBed.until("the database is back", () -> isThere(bed, again));
      assertThat(replay(bed, again, "--apply")).contains("barred").contains("key-forward");
      assertThat(rows(again)).containsAllEntriesOf(before);
    }
  }

  private static void replayedTwice(
      RecoveryBed bed, TestGateway again, Map<String, DeviceRow> before, int younger) {
    assertThat(replay(bed, again)).contains("created").contains("nothing was changed");
    assertThat(rows(again)).as("a dry run").isEmpty();
    String done = replay(bed, again, "--apply");
    assertThat(done)
        .contains("of 2 nodes")
        .as("younger than the export")
        .contains("connection " + younger);
    assertThat(rows(again)).isEqualTo(before);
    assertThat(replay(bed, again, "--apply"))
        .contains("unchanged")
        .doesNotContain("created", "barred");
  }

  private static void operatorsActs(TestGateway one, TestGateway two) {
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
  }

  /** The product's second key version was made elsewhere. */
  private void importKey(RecoveryBed bed, TestGateway node) throws Exception {
    Path key = Files.writeString(folder.resolve("key"), IMPORTED);
    String file = "--key-file=" + key;
    bed.cli(node, 0, "product", "key", "import", TestGateway.PRODUCT, file, "--key-version=2");
    TestGateway.await(node.gateway().behind().products().refresh());
  }

  private static TestDevice withImportedKey(TestGateway node) {
    return new TestDevice(
        new DeviceRef(TestGateway.PRODUCT, "with-imported-key"),
        2,
        Secret.copyOf(HexFormat.of().parseHex(IMPORTED)),
        node.vault().gatewayKeys().get(0));
  }

  private Path export(RecoveryBed bed, TestGateway node, String name) {
    Path file = folder.resolve(name + ".yaml");
    bed.cli(node, 0, "config", "export", "-o", file.toString());
    return file;
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
    Collections.addAll(line, options);
    line.add(bed.journal("node").toString());
    line.add(bed.journal("two").toString());
    return bed.cli(node, 0, line.toArray(String[]::new));
  }
}
