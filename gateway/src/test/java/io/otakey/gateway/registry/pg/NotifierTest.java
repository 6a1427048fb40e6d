package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.platform.Notifier;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.platform.Platforms.Readiness;
import io.otakey.gateway.platform.SimulatedPlatform.Mood;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.wire.Answer.Action;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is told through which platform, and what a platform that does not answer costs others. */
class NotifierTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private PlatformBed bed;
  private PlatformService service;
  private Notifier notifier;

  @BeforeEach
  void start(@TempDir Path folder) {
    bed = new PlatformBed(folder);
    service = bed.service(PlatformBed.quick());
    notifier = new Notifier(service, bed.ledger, ref -> ref.equals(PlatformBed.ref(0)), meters);
    Await.get(bed.database.vertx.deployVerticle(notifier));
  }

  @AfterEach
  void stop() {
    Await.get(service.close());
    bed.close();
  }

  @Test
  void devicesOfPlatformsThatAreToTell_andAreNotConnected_areTold() {
    enroll(0, 30, bed.atHome);
    enroll(30, 5, bed.atAway);
    enroll(35, 5, bed.atAsking);
    announce(0, 45, Action.ROTATE);
    bed.act(PlatformBed.ref(29), OperatorAction.BLOCK);
    bed.notify("home");
    announce(0, 30, Action.NONE);
    announce(0, 45, Action.ROTATE); // 40 to 44 are no devices
    Await.until("28 are told", () -> bed.home.told.size() >= 28);
    assertThat(bed.home.told)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(1, 29).mapToObj(i -> "devices/p/dev-" + i + "/otakey/notify").toList());
    assertThat(bed.away.told).isEmpty();
    Await.until("they are counted", () -> count("home", "sent") == 28);
    assertThat(bed.home.abuse).isEmpty();
  }

  @Test
  void aPlatformThatHangs_isTroubleForNobodyElse_andNotHeldAgainstIt() {
    enroll(0, 101, bed.atHome);
    enroll(101, 20, bed.atAway);
    bed.notify("home");
    bed.notify("away");
    bed.home.mood = Mood.SILENT;
    announce(0, 121, Action.ROTATE);
    Await.until("the other platform's are told", () -> bed.away.told.size() == 20);
    assertThat(count("home", "failed")).isLessThan(100);
    Await.until("it is given up, once each", () -> count("home", "failed") == 100);
    assertThat(service.readiness("home")).isEqualTo(Readiness.PREPARES);
    bed.home.mood = Mood.WELL;
    announce(0, 2, Action.ROTATE_AND_MOVE);
    Await.until("it is tried again", () -> bed.home.told.size() == 1);
  }

  private void enroll(int from, int count, int connection) {
    for (int i = from; i < from + count; i++) {
      assertThat(bed.commit(bed.key(PlatformBed.ref(i), connection))).isTrue();
    }
  }

  private void announce(int from, int to, Action action) {
    List<AskedDevice> asked =
        IntStream.range(from, to)
            .mapToObj(i -> new AskedDevice(PlatformBed.ref(i), 1, action))
            .toList();
    notifier.announce(asked);
  }

  private double count(String platform, String outcome) {
    return Metric.PLATFORM_NOTICES.counter(meters, platform, outcome).count();
  }
}
