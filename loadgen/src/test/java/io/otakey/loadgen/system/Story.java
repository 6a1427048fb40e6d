package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.protocol.device.Timing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * The life of a fleet: it enrolls on the platform "cloud", campaigns rotate every key, move every
 * device to "harbour" and back; whoever suffers something does so when a third is there.
 *
 * @param devices how many
 * @param arrivals devices that begin in a second
 * @param exactly whether every device rotates three times and hardly one more often: one that was
 *     asked to move and got ERROR 10 until its time was over asks once more, and gets a key where
 *     it is
 */
record Story(
    GatewayProcess gateway,
    Campaign campaign,
    int devices,
    int arrivals,
    boolean exactly,
    Duration patience) {
  /** Something that a platform suffers. */
  interface Step {
    void run() throws Exception;
  }

  /** What the target of a move suffers, and how that ends. */
  record Trouble(Step begins, Step ends) {}

  /**
   * What comes between.
   *
   * @param inRotation happens when a third has rotated
   */
  record Plot(Step inRotation, Trouble onTheWay, Optional<Trouble> onTheWayBack) {}

  LiveResult tell(Path bundle, int cloud, int harbour, Plot plot) throws Exception {
    try (LiveRun run = new LiveRun(plan(bundle))) {
      run.start();
      until(run, there(run, "cloud", 1));

      long rotation = campaign.order("\"goal\":\"rotate\",\"waves\":[20]");
      aThird(run, rotation, "cloud", 2);
      plot.inRotation().run();
      finish(run, rotation, "cloud", 2);
      if (exactly) { // where logins are written, an old one's end may come before its device's ACK
        assertThat(run.count(LiveCount.SESSIONS_LOST)).as("sessions that were ended").isZero();
      }

      move(run, "harbour", harbour, 3, Optional.of(plot.onTheWay()));
      move(run, "cloud", cloud, 4, plot.onTheWayBack());
      return run.prove("test", patience);
    }
  }

  private void move(
      LiveRun run, String platform, int connection, long epoch, Optional<Trouble> trouble)
      throws Exception {
    long move = campaign.order("\"goal\":\"move\",\"connectionId\":" + connection);
    if (trouble.isPresent()) {
      aThird(run, move, platform, epoch);
      trouble.get().begins().run();
      JsonNode paused = campaign.awaitState(move, "paused", -1);
      assertThat(paused.get("why").asText()).containsPattern("failed|timed");
      trouble.get().ends().run();
      if (exactly) { // else some may come after all, late
        campaign.awaitAnswers(move);
        campaign.act(move, "retry-failed");
      }
    }
    finish(run, move, platform, epoch);
  }

  private void aThird(LiveRun run, long id, String platform, long epoch) throws Exception {
    until(
        run,
        () -> {
          if (!exactly) {
            campaign.pursue(id);
          }
          return run.status().there(Optional.of(platform), epoch) >= devices / 3;
        });
  }

  private void finish(LiveRun run, long id, String platform, long epoch) throws Exception {
    until(
        run,
        () -> {
          if (!exactly) {
            campaign.pursue(id);
          }
          boolean there = run.status().allThere(Optional.of(platform), epoch);
          return there && (exactly || campaign.isFinished(id)); // it may be paused still
        });
    campaign.awaitState(id, "finished", devices);
  }

  private static long epoch(String place) {
    return Long.parseLong(place.substring(place.lastIndexOf(' ') + 1));
  }

  /** No device was ever without a credential that works, and no secret but the newest does now. */
  void expectEverythingHeld(LiveResult result, int cloud) throws Exception {
    assertThat(result.faults()).isEmpty();
    assertThat(result.isPerfect()).as("%s", result).isTrue();
    if (exactly) {
      long more = 0;
      for (Map.Entry<String, Long> place : result.places().entrySet()) {
        more += (epoch(place.getKey()) - 4) * place.getValue();
      }
      assertThat(more).as("%s", result).isBetween(0L, devices / 10L);
      assertThat(result.counts().get(LiveCount.ROTATIONS)).isEqualTo(3L * devices + more);
    }
    assertThat(result.places().keySet()).allMatch(place -> place.startsWith("cloud, epoch "));
    assertThat(result.proof())
        .extracting(LiveResult.Check::what, LiveResult.Check::held)
        .as("%s", result)
        .hasSize(5);
    assertThat(result.proof().get(1).held())
        .as("older secrets")
        .isGreaterThanOrEqualTo(3L * devices);
    assertThat(result.proof().get(2).held())
        .as("the other platform's")
        .isGreaterThanOrEqualTo(devices);
    assertThat(result.proof().get(3).held()).as("newest elsewhere").isEqualTo(devices);
    assertThat(result.counts().get(LiveCount.ROTATIONS)).isGreaterThanOrEqualTo(3L * devices);
    assertThat(result.counts().get(LiveCount.MOVES)).isEqualTo(2L * devices);
    assertThat(result.counts().get(LiveCount.OUTAGES)).isZero();
    assertThat(result.counts().get(LiveCount.PROBES_IN_UPDATE))
        .as("looked while credentials changed") // as platforms have time for it
        .isGreaterThan(Math.min(devices / 10, 200));
    assertThat(gateway.devices())
        .hasSize(devices)
        .allMatch(row -> row.get("epoch").asInt() >= 4)
        .allMatch(row -> row.get("connectionId").asInt() == cloud);
  }

  private LivePlan plan(Path bundle) throws Exception {
    return new LivePlan(
        Bundle.read(bundle),
        new IdRange("dev-", 1),
        devices,
        arrivals,
        List.of(new Endpoint("127.0.0.1", gateway.port("mqtt"))),
        Optional.empty(),
        1,
        8,
        32,
        1,
        List.of(),
        true,
        false,
        40,
        new Timing(0.005, 10_000, Fleet.FULL ? 10_000 : 2_000),
        1);
  }

  private static Callable<Boolean> there(LiveRun run, String platform, long epoch) {
    return () -> run.status().allThere(Optional.of(platform), epoch);
  }

  private void until(LiveRun run, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(run.status() + " " + gateway.call("GET", "/campaigns", ""));
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }
}
