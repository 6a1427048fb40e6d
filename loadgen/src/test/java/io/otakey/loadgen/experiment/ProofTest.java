package io.otakey.loadgen.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.FakeGateway;
import io.otakey.loadgen.FakeServer;
import io.otakey.loadgen.file.RecordReader;
import io.otakey.loadgen.file.Scale;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.stats.Trial;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the end of a run says of devices whose phases were given up in the middle of an update. */
@Timeout(180)
class ProofTest {
  private static final int DEVICES = 20;
  private static final String VICTIM = "t0-0000007";

  private final FakeGateway gateway = new FakeGateway();
  private final FakeServer server;
  private Experiment experiment;
  private Networks networks;
  private GoalCrowd crowd;

  ProofTest() throws InterruptedException {
    this.server = new FakeServer(gateway);
  }

  @BeforeEach
  void begin() throws Exception {
    begin("40s", 8000);
  }

  private void begin(String patience, int inFlight) throws Exception {
    String text =
        """
        name: proof
        about: who is proven, bricked, unproven
        population:
          - devices: %d
        waits: {scale: 0.001, answer: 1s}
        generator: {in-flight: %d}
        stop: {patience: %s}
        phases:
          - do: enroll
          - do: rotate
          - do: power-up
        assert: []
        """
            .formatted(DEVICES, inFlight, patience);
    experiment = RecordReader.read(Experiment.class, text, Scale.TINY);
    networks = new Networks(experiment, Optional.empty());
    Map<Transport, Endpoint> mqtt =
        Map.of(Transport.MQTT, Endpoint.parse(server.mqtt()).orElseThrow());
    Stage stage = new Stage(List.of(mqtt), Map.of("demo", gateway.bundle()));
    crowd = new GoalCrowd(experiment, stage, networks, "t");
  }

  @AfterEach
  void end() throws InterruptedException {
    crowd.close();
    networks.close();
    server.close();
  }

  @Test
  void rotationGivenUpBeforeItsAckCame_isFinishedByTheProof() throws Exception {
    play(0);
    gateway.loseAcks(true);
    giveUp(1);
    gateway.loseAcks(false);
    prove();
    expect(DEVICES, DEVICES, 0, 0);
    assertThat(gateway.lowestEpoch()).isEqualTo(2);
  }

  @Test
  void rotationGivenUpBeforeItsCommit_isFinishedByTheProof() throws Exception {
    play(0);
    gateway.ignoreConfirms(true);
    giveUp(1);
    gateway.ignoreConfirms(false);
    prove();
    expect(DEVICES, DEVICES, 0, 0);
    assertThat(gateway.lowestEpoch()).isEqualTo(2);
  }

  /** CONFIRM is answered 7 then, which says nothing against the key before. */
  @Test
  void rotationThatTheGatewayGaveUp_leavesTheKeyBefore() throws Exception {
    play(0);
    gateway.ignoreConfirms(true);
    giveUp(1);
    gateway.giveUpGrants();
    gateway.ignoreConfirms(false);
    prove();
    expect(DEVICES, DEVICES, 0, 0);
    assertThat(gateway.lowestEpoch()).isEqualTo(1);
  }

  @Test
  void enrollmentGivenUpBeforeItsCommit_isFinishedByTheProof() throws Exception {
    gateway.ignoreConfirms(true);
    giveUp(0);
    gateway.ignoreConfirms(false);
    prove();
    expect(DEVICES, DEVICES, 0, 0);
  }

  @Test
  void powerUpAfterARotationGivenUp_isComeTo() throws Exception {
    play(0);
    gateway.loseAcks(true);
    giveUp(1);
    gateway.loseAcks(false);
    play(2);
    assertThat(gateway.lowestEpoch()).isEqualTo(2);
  }

  @Test
  void deviceWhoseRowIsOfAnotherKey_isBricked() throws Exception {
    play(0);
    gateway.setToAnotherKey(VICTIM);
    prove();
    expect(DEVICES, DEVICES - 1, 1, 0);
  }

  /** In the middle of an update, both keys are refused. */
  @Test
  void deviceWhoseRowBecameOfAnotherKeyDuringItsUpdate_isBricked() throws Exception {
    play(0);
    gateway.ignoreConfirms(true);
    giveUp(1);
    gateway.setToAnotherKey(VICTIM);
    gateway.ignoreConfirms(false);
    prove();
    expect(DEVICES, DEVICES - 1, 1, 0);
  }

  /** The gateway lets it enroll again: protocol section 1 does not call that bricked. */
  @Test
  void deviceWithoutARow_findsBack() throws Exception {
    play(0);
    gateway.forgetAll();
    prove();
    expect(DEVICES, DEVICES, 0, 0);
    assertThat(gateway.active()).isEqualTo(DEVICES);
  }

  @Test
  void whoNeverGotAKey_isNothing() throws Exception {
    gateway.beBusy(Integer.MAX_VALUE);
    crowd.begin(experiment.phases().get(0));
    crowd.stop();
    await();
    prove();
    expect(0, 0, 0, 0);
  }

  @Test
  void whoseProofDoesNotCome_isUnproven_andNoAssertionAboutBrickedHolds() throws Exception {
    beginAnew("1s", 8000);
    play(0);
    gateway.loseAcks(true);
    giveUp(1);
    prove();
    Map<String, Double> figures = new HashMap<>();
    expect(DEVICES, 0, 0, DEVICES).forEach((figure, value) -> figures.put(figure.key(), value));
    figures.put("lamps.bricked", 0.0);
    figures.put("lamps.unproven", 0.0);
    Trial.Point point =
        new Trial.Point(null, "", List.of(), List.of(), List.of(), figures, List.of(), List.of());
    assertThat(
            Figures.judge(
                List.of(
                    Assertion.parse("bricked == 0"),
                    Assertion.parse("proven >= bricked"),
                    Assertion.parse("lamps.bricked == 0"),
                    Assertion.parse("unproven > 0")),
                List.of(point)))
        .extracting(Trial.Verdict::holds)
        .containsExactly(false, false, true, true);
    assertThat(Figures.judge(List.of(Assertion.parse("bricked == 0")), List.of(point)).get(0))
        .extracting(Trial.Verdict::found)
        .isEqualTo("bricked is 0, and 20 are unproven");
  }

  /** Two at a time, so all take twice the patience; it counts from the last one's start. */
  @Test
  void whoWaitsForRoom_hasAllOfThePatience() throws Exception {
    beginAnew("2s", 1);
    server.answerAfter(200);
    play(0);
    server.answerAfter(0);
    prove();
    expect(DEVICES, DEVICES, 0, 0);
  }

  private void beginAnew(String patience, int inFlight) throws Exception {
    crowd.close();
    networks.close();
    begin(patience, inFlight);
  }

  private void play(int phase) throws InterruptedException {
    crowd.begin(experiment.phases().get(phase));
    await();
    assertThat(crowd.done()).isEqualTo(DEVICES);
    crowd.outcome();
  }

  /** Until every device is in the middle of it, then no more. */
  private void giveUp(int phase) throws InterruptedException {
    crowd.begin(experiment.phases().get(phase));
    while (gateway.stalled() < DEVICES) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    crowd.stop();
    await();
    assertThat(crowd.done()).isZero();
    crowd.outcome();
  }

  private void prove() throws InterruptedException {
    long begun = System.nanoTime();
    crowd.begin(Phase.PROOF);
    await();
    crowd.outcome();
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .as("not all of its patience")
        .isLessThan(Duration.ofSeconds(30));
  }

  private void await() throws InterruptedException {
    boolean over = false;
    while (!over) {
      over = crowd.await(100);
    }
  }

  private Map<Figure, Double> expect(int enrolled, int proven, int bricked, int unproven) {
    Map<Figure, Double> figures = crowd.ending().figures();
    assertThat(figures)
        .containsEntry(Figure.ENROLLED, (double) enrolled)
        .containsEntry(Figure.PROVEN, (double) proven)
        .containsEntry(Figure.BRICKED, (double) bricked)
        .containsEntry(Figure.UNPROVEN, (double) unproven);
    return figures;
  }
}
