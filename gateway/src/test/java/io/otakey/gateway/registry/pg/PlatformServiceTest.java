package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.PlatformBed.name;
import static io.otakey.gateway.registry.pg.PlatformBed.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.platform.Debt;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.PlatformRunner;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.platform.Platforms.Readiness;
import io.otakey.gateway.platform.SimulatedPlatform.Mood;
import io.otakey.protocol.wire.KeyRef;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node and its platforms on bad days. */
class PlatformServiceTest {
  @TempDir private static Path folder;

  private final PlatformBed bed = new PlatformBed(folder);
  private final PlatformService service = bed.service(PlatformBed.quick());
  private final String runner =
      Await.get(
          bed.database.vertx.deployVerticle(
              new PlatformRunner(
                  PlatformBed.quick(),
                  bed.ledger,
                  bed.platforms,
                  service,
                  new SimpleMeterRegistry())));

  @AfterEach
  void close() {
    Await.get(bed.database.vertx.undeploy(runner));
    Await.get(service.close());
    assertThat(bed.home.abuse).isEmpty();
    assertThat(bed.home.connected.get()).as("connectors left open").isZero();
    bed.close();
  }

  @Test
  void whatThePlatformRefuses_staysOwed_untilItDoesNot() {
    bed.home.mood = Mood.PICKY;
    List<KeyRef> keys = enrolled(2);
    Await.until("the second of two is there", () -> debt().there() == 1);
    assertThat(debt().toPrepare()).isEqualTo(1);
    assertThat(debt().why()).contains("no room");
    bed.home.mood = Mood.WELL;
    awaitPaid("both are there", 2);
    assertThat(bed.home.logins.keySet())
        .containsExactlyInAnyOrder(name(keys.get(0)), name(keys.get(1)));
  }

  @Test
  void oneThatSpoilsEveryBatch_isAloneSoon_andTheOthersAreThere() {
    bed.home.mood = Mood.FRAGILE;
    bed.home.disliked = "dev-3.";
    enrolled(7);
    awaitPaid("all but one are there", 6);
    assertThat(debt().toPrepare()).isEqualTo(1);
    assertThat(debt().why().orElseThrow()).contains("500");
  }

  @Test
  void aGrantForALoginThatIsRefused_doesNotLeave() {
    KeyRef key = rotation();
    bed.home.mood = Mood.PICKY;
    assertThatThrownBy(() -> Await.get(service.prepare(key, "home", bed.atHome)))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("no room");
    bed.home.mood = Mood.WELL;
    Await.get(service.prepare(key, "home", bed.atHome));
    assertThat(bed.home.logins).containsEntry(name(key), bed.secret(key, "home"));
  }

  @Test
  void aPlatformThatFailsThreeTimes_isLeftAlone_andTheOtherIsNot() {
    KeyRef key = rotation();
    bed.home.mood = Mood.SILENT;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> Await.get(service.prepare(key, "home", bed.atHome)))
          .isInstanceOf(PlatformException.class);
    }
    Await.until("it is left alone", () -> service.readiness("home") == Readiness.AWAY);
    int calls = bed.home.calls.get();
    assertThatThrownBy(() -> Await.get(service.prepare(key, "home", bed.atHome)))
        .isInstanceOf(PlatformException.class);
    assertThat(bed.home.calls.get()).as("not asked").isEqualTo(calls);
    assertThat(service.readiness("away")).isEqualTo(Readiness.PREPARES);
    KeyRef other = bed.key(ref(0), bed.atAway);
    Await.get(service.prepare(other, "away", bed.atAway));
    bed.home.mood = Mood.WELL;
    Await.get(service.check("home"));
    assertThat(service.readiness("home"))
        .as("an answered check is enough")
        .isEqualTo(Readiness.PREPARES);
  }

  @Test
  void tooManyGrants_areTurnedAwayAtOnce() {
    KeyRef key = rotation();
    bed.home.mood = Mood.SILENT;
    List<io.vertx.core.Future<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      waiting.add(service.prepare(key, "home", bed.atHome));
    }
    assertThat(waiting.stream().filter(f -> f.isComplete() && f.failed()).count())
        .as("beyond the queue of 50")
        .isGreaterThan(100);
    for (io.vertx.core.Future<Void> one : waiting) {
      assertThatThrownBy(() -> Await.get(one)).isInstanceOf(PlatformException.class);
    }
  }

  @Test
  void kinds_tellHowAPlatformStandsToAGrant() {
    put("trusting", "static");
    put("asking", "hook");
    assertThat(service.readiness("trusting")).isEqualTo(Readiness.TRUSTS);
    assertThat(service.readiness("asking")).isEqualTo(Readiness.ASKS);
    assertThat(service.readiness("unheard-of")).isEqualTo(Readiness.ASKS);
    assertThat(service.readiness("home")).isEqualTo(Readiness.PREPARES);
  }

  private void put(String id, String kind) {
    Platform platform = new Platform(id, kind, Map.of(), Optional.empty(), 0);
    Await.get(bed.platforms.put(ALICE, platform, false));
  }

  private List<KeyRef> enrolled(int devices) {
    List<KeyRef> keys = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      KeyRef key = bed.key(ref(i), bed.atHome);
      assertThat(bed.commit(key)).isTrue();
      keys.add(key);
    }
    return keys;
  }

  /** The next key of a device that is at home. */
  private KeyRef rotation() {
    enrolled(1);
    Await.until("it is there", () -> debt().there() == 1);
    return bed.key(ref(0), bed.atHome);
  }

  /** Without the pauses between tries, and with a breaker that an operator closes. */
  private void awaitPaid(String what, int there) {
    Await.until(
        what,
        () -> {
          bed.database.sql("update credential set due_at = now() where due_at > now()");
          Await.get(service.check("home").otherwiseEmpty());
          return debt().there() == there;
        });
  }

  private Debt debt() {
    return Await.get(bed.platforms.debts()).stream()
        .filter(debt -> debt.platformId().equals("home"))
        .findFirst()
        .orElseThrow();
  }
}
