package io.otakey.gateway;

import static io.otakey.gateway.WalkingFleet.link;
import static io.otakey.gateway.WalkingFleet.ownTheirRows;
import static io.otakey.gateway.WalkingFleet.rotate;
import static io.otakey.gateway.WalkingFleet.settle;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.key.GrantToken;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fleet that enrolls anew on an empty database, at a gateway where two persons decide. */
class RecoveryAfreshTest {
  private static final int FLEET = 3;
  private static final Map<String, String> SETTINGS =
      Map.of("OTAKEY_RECOVERY_TOLERANCE", "0", "OTAKEY_RECOVERY_TWOPERSONS", "true");

  @TempDir private Path folder;

  @Test
  void startAfresh_asTwoPersonsDecide_aboveWhatNobodyRemembers() throws Exception {
    Random random = new Random(66);
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway node = bed.start("node", SETTINGS);
      bed.product(node);
      List<WalkingDevice> fleet = WalkingFleet.of(node, FLEET, random);
      settle(node, fleet);
      rotate(node, fleet);
      Path early = bed.token(node, "early", "admin");
      assertThat(agree(bed, node, early, "open", "--product=thermo")).contains("open: done");
      assertThat(agree(bed, node, early, "close", "--product=thermo")).contains("close: done");
      refusedWhileThereAreKeys(bed, node, early);
      bed.looked(node);
      bed.lose();
      bed.stop(node);

      TestGateway again = bed.start("node", SETTINGS);
      bed.product(again);
      assertThat(bed.isHeld(again)).isTrue();
      assertThat(bed.ask(again, early, "GET", "/recovery", "").statusCode())
          .as("tokens went with the database")
          .isEqualTo(401);
      Path second = bed.token(again, "second", "admin");
      assertThat(agree(bed, again, second, "start-afresh", "--above=7"))
          .contains("start-afresh: done");
      assertThat(bed.isHeld(again)).isFalse();
      assertThat(bed.progress(again).path("generation").asInt()).isEqualTo(8);
      assertThat(bed.progress(again).path("inRecovery").asBoolean()).isFalse();
      enrollAnew(again, fleet, random);
      whereGenerationsAreSpent(bed, again, second);
    }
  }

  /** What one admin orders is not done; another admin does it. What that prints. */
  private static String agree(RecoveryBed bed, TestGateway node, Path second, String... step) {
    String[] words = new String[step.length + 1];
    words[0] = "recovery";
    System.arraycopy(step, 0, words, 1, step.length);
    String ordered = bed.cli(node, 0, words);
    assertThat(ordered).contains("waiting-for-approval");
    String id = ordered.replaceAll("(?s).*order (\\d+),.*", "$1");
    assertThat(bed.cli(node, 1, "recovery", "approve", id)).contains("ask somebody else");
    return bed.cli(node, second, 0, "recovery", "approve", id);
  }

  private static void refusedWhileThereAreKeys(RecoveryBed bed, TestGateway node, Path second) {
    String ordered = bed.cli(node, 0, "recovery", "start-afresh");
    String id = ordered.replaceAll("(?s).*order (\\d+),.*", "$1");
    assertThat(bed.cli(node, second, 1, "recovery", "approve", id)).contains("recover instead");
    assertThat(bed.cli(node, second, 0, "recovery", "deny", id)).contains("start-afresh: denied");
  }

  /** A product that used up its generations does not keep others from theirs. */
  private static void whereGenerationsAreSpent(RecoveryBed bed, TestGateway node, Path second) {
    bed.cli(node, 0, "product", "create", "other", "--name=Other");
    agree(bed, node, second, "open", "--product=thermo", "--above=254");
    String ordered = bed.cli(node, 0, "recovery", "recover");
    String id = ordered.replaceAll("(?s).*order (\\d+),.*", "$1");
    assertThat(bed.cli(node, second, 1, "recovery", "approve", id))
        .contains("no generation is left for product thermo", "open the other products");
    assertThat(agree(bed, node, second, "open", "--product=other")).contains("open: done");
  }

  /** Everything that was said before counts for nothing: recorded or with an old key. */
  private static void enrollAnew(TestGateway node, List<WalkingDevice> fleet, Random random)
      throws Exception {
    Adversary adversary = new Adversary(node, fleet, 0, random);
    adversary.replayEverything();
    assertThat(WalkingFleet.rows(node).values()).noneMatch(row -> row.epoch() > 0);
    for (WalkingDevice device : fleet) {
      device.poll();
      for (int i = 0; i < 200 && device.key().orElseThrow().epoch() != 1; i++) {
        device.exchange(link(node));
      }
    }
    adversary.replayEverything();
    ownTheirRows(node, fleet);
    assertThat(WalkingFleet.rows(node).values())
        .allSatisfy(
            row ->
                assertThat(GrantToken.decode(row.token().orElseThrow()).orElseThrow().generation())
                    .isEqualTo(8));
  }
}
